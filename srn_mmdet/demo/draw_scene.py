"""Drawing one image: a busy background, faces of all sizes, their annotations."""

import cv2
import numpy as np

from .draw_face import Look, draw_face, place_face

WIDTH, HEIGHT = 448, 352
#: What a scene holds: how many faces, and of which heights (pixels).
KINDS = {
    '0--Portraits': ((1, 3), (70, 300)),
    '1--Groups': ((3, 8), (30, 120)),
    '2--Crowds': ((10, 24), (8, 40)),
    '3--Streets': ((0, 5), (12, 140)),
}


def draw_scene(
    rng: np.random.Generator, kind: str, empty: bool = False
) -> tuple[np.ndarray, list[list[int]]]:
    """Draw a scene.

    Args:
        rng: Where all chance comes from.
        kind: One of ``KINDS``.
        empty: Without a face.

    Returns:
        BGR (HEIGHT, WIDTH, 3) uint8, and a row a face in the columns of WIDER FACE: x, y,
        w, h, blur, expression, illumination, invalid, occlusion, pose.
    """
    scene = _background(rng)
    for _ in range(rng.integers(6, 18)):
        _clutter(rng, scene)
    (few, many), (small, large) = KINDS[kind]
    count = 0 if empty else int(rng.integers(few, many + 1))
    heights = np.exp(rng.uniform(np.log(small), np.log(large), count))
    rows: list[list[int]] = []
    taken: list[tuple[float, float, float]] = []
    for height in sorted(heights):  # the nearer, the larger, the later
        centre = _free_place(rng, height, taken)
        if centre is None:
            continue
        taken.append((*centre, height))
        rows.append(_add_face(rng, scene, centre, float(height)))
    dark = rng.uniform(0.55, 1.1)
    scene = np.clip(scene * dark + rng.normal(0, 0.015, scene.shape), 0, 1)
    if dark < 0.65:
        for row in rows:
            row[6] = 1  # extreme illumination
    return (scene[..., ::-1] * 255).astype(np.uint8), rows


def _add_face(rng, scene, centre, height) -> list[int]:
    cover = rng.choice([None, None, None, 'glasses', 'scarf', 'hand'])
    turned = rng.random() < 0.2
    look = Look(
        turn=float(
            rng.uniform(0.6, 1) * rng.choice([-1, 1])
            if turned
            else rng.uniform(-0.4, 0.4)
        ),
        roll=float(rng.normal(0, 28 if turned else 8)),
        light=float(rng.uniform(-1, 1)),
        cover=cover,
    )
    face = draw_face(rng, look)
    blur = int(rng.choice([0, 0, 0, 1, 2]))
    if blur:
        sigma = blur * 0.03 * 256
        face = tuple(cv2.GaussianBlur(layer, (0, 0), sigma) for layer in face)
    squeeze = 1 - 0.3 * abs(look.turn)
    box = place_face(scene, face, centre, height, look.roll, squeeze)
    x, y, w, h = (round(value) for value in box)
    occlusion = {None: 0, 'glasses': 1}.get(cover, 2)
    pose = int(turned or abs(look.roll) > 25)
    return [x, y, max(w, 1), max(h, 1), blur, 0, 0, 0, occlusion, pose]


def _free_place(rng, height, taken) -> tuple[float, float] | None:
    margin = height * 0.35  # a face may be cut by the border
    for _ in range(30):
        x = rng.uniform(margin, WIDTH - margin)
        y = rng.uniform(margin, HEIGHT - margin)
        if all(
            np.hypot(x - a, y - b) > 0.55 * (height + other) for a, b, other in taken
        ):
            return x, y
    return None


def _background(rng) -> np.ndarray:
    """Soft patches of colour over a gradient."""
    coarse = rng.uniform(0, 1, (int(rng.integers(3, 9)), int(rng.integers(3, 9)), 3))
    scene = cv2.resize(coarse.astype(np.float32), (WIDTH, HEIGHT), interpolation=2)
    fine = rng.uniform(-1, 1, (HEIGHT // 6, WIDTH // 6, 1)).astype(np.float32)
    fine = cv2.resize(fine, (WIDTH, HEIGHT))[..., None]
    return np.clip(scene * 0.7 + 0.12 + fine * rng.uniform(0, 0.15), 0, 1)


def _clutter(rng, scene) -> None:
    """Something that is no face: boards, bars, and balls of the colour of skin."""
    colour = tuple(map(float, rng.uniform(0, 1, 3)))
    x, y = int(rng.integers(0, WIDTH)), int(rng.integers(0, HEIGHT))
    size = int(np.exp(rng.uniform(np.log(6), np.log(110))))
    kind = rng.integers(0, 4)
    if kind == 0:
        cv2.rectangle(
            scene, (x, y), (x + size, y + int(size * rng.uniform(0.3, 2))), colour, -1
        )
    elif kind == 1:
        end = (int(rng.integers(0, WIDTH)), int(rng.integers(0, HEIGHT)))
        cv2.line(scene, (x, y), end, colour, int(rng.integers(1, 8)), cv2.LINE_AA)
    elif kind == 2:  # an oval without features, often of the colour of skin
        if rng.random() < 0.6:
            colour = (0.88 * rng.uniform(0.6, 1.1), 0.66, 0.52)
        axes = (max(size // 3, 2), max(int(size * 0.42), 2))
        cv2.ellipse(
            scene,
            (x, y),
            axes,
            float(rng.uniform(0, 180)),
            0,
            360,
            colour,
            -1,
            cv2.LINE_AA,
        )
        inner = (axes[0] // 2, max(axes[1] // 2, 1))
        dark = tuple(c * 0.8 for c in colour)
        cv2.ellipse(scene, (x, y), inner, 0, 0, 360, dark, -1, cv2.LINE_AA)
    else:
        for i in range(4):
            cv2.circle(
                scene,
                (x + i * size // 3, y),
                max(size // 8, 1),
                colour,
                -1,
                cv2.LINE_AA,
            )
