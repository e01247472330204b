"""Drawing one face."""

from dataclasses import dataclass

import cv2
import numpy as np

_SKIN = np.array(
    [(0.96, 0.82, 0.72), (0.88, 0.68, 0.53), (0.70, 0.48, 0.34), (0.40, 0.26, 0.18)]
)
_HAIR = np.array(
    [(0.10, 0.08, 0.07), (0.35, 0.22, 0.12), (0.80, 0.66, 0.38), (0.60, 0.60, 0.62)]
)
#: A face is drawn on a square canvas of this side and then shrunk to its place.
CANVAS = 256
_CENTRE, _AXES = (128, 136), (74, 94)  # of the face's ellipse: 148 x 188


@dataclass
class Look:
    """How a face looks.

    Attributes:
        turn: Out of the plane, -1 (left) to 1 (right): the features shift and shrink.
        roll: In the plane, degrees.
        light: Direction the light comes from, -1 to 1.
        cover: What hides part of it: None, 'glasses', 'scarf' or 'hand'.
    """

    turn: float = 0.0
    roll: float = 0.0
    light: float = 0.0
    cover: str | None = None


def draw_face(rng: np.random.Generator, look: Look) -> tuple[np.ndarray, np.ndarray]:
    """Draw a head on a canvas.

    Returns:
        RGB (CANVAS, CANVAS, 3) and opacity (CANVAS, CANVAS), float32 in [0, 1].
    """
    skin = _mix(rng, _SKIN)
    hair = _mix(rng, _HAIR)
    image = np.zeros((CANVAS, CANVAS, 3), np.float32)
    alpha = np.zeros((CANVAS, CANVAS), np.float32)
    cx, cy = _CENTRE
    shift = int(look.turn * 26)

    def ellipse(centre, axes, colour, angle=0, start=0, end=360, width=-1):
        for canvas, value in ((image, colour), (alpha, 1.0)):
            value = tuple(map(float, np.atleast_1d(value)))
            cv2.ellipse(
                canvas, centre, axes, angle, start, end, value, width, cv2.LINE_AA
            )

    # hair behind, neck, ears, head, hair on top
    long_hair = rng.random() < 0.4
    ellipse((cx - shift // 3, cy - 14), (88, 104 + 20 * long_hair), hair)
    cv2.rectangle(image, (cx - 34, cy + 60), (cx + 34, CANVAS), tuple(skin * 0.85), -1)
    cv2.rectangle(alpha, (cx - 34, cy + 60), (cx + 34, CANVAS), 1.0, -1)
    for side in (-1, 1):
        ellipse((cx + side * 74 - shift // 2, cy + 4), (13, 24), skin * 0.9)
    ellipse(_CENTRE, _AXES, skin)
    fringe = int(rng.integers(30, 62))
    ellipse((cx - shift // 3, cy - 62), (76, fringe), hair, 0, 180, 360)

    white, iris = np.array([0.97, 0.97, 0.95]), rng.uniform(0.05, 0.5, 3)
    for side in (-1, 1):
        x = cx + shift + int(side * 32 * (1 - 0.3 * abs(look.turn)))
        open_eye = int(rng.integers(7, 12))
        ellipse((x, cy - 16), (17, open_eye), white)
        ellipse((x + shift // 8, cy - 16), (7, min(7, open_eye)), iris)
        ellipse((x, cy - 37), (20, 6), hair * 0.8, side * 6, 180, 360, 6)
    ellipse((cx + int(shift * 1.3), cy + 20), (11, 9), skin * 0.78)
    cv2.line(
        image,
        (cx + shift, cy - 12),
        (cx + int(shift * 1.35) - 5, cy + 16),
        tuple(map(float, skin * 0.8)),
        5,
        cv2.LINE_AA,
    )
    lips = np.array([0.72, 0.3, 0.3]) * rng.uniform(0.6, 1.1)
    mouth = (cx + shift, cy + 50)
    if rng.random() < 0.3:  # an open mouth with teeth
        ellipse(mouth, (28, 14), lips * 0.5)
        ellipse((mouth[0], mouth[1] - 5), (22, 6), white)
    ellipse(mouth, (30, int(rng.integers(6, 14))), lips, 0, 5, 175, 7)
    if rng.random() < 0.2:  # a beard
        ellipse((cx + shift // 2, cy + 66), (58, 34), hair, 0, 10, 170, 18)

    shade = _shading(look.light)
    image *= shade[..., None]
    _cover(rng, image, alpha, look.cover, shift)
    image += 0.012 * rng.standard_normal(image.shape, np.float32)
    return image.clip(0, 1), alpha.clip(0, 1)


def _mix(rng: np.random.Generator, palette: np.ndarray) -> np.ndarray:
    weight = rng.dirichlet(np.full(len(palette), 0.5))
    return weight @ palette


def _shading(light: float) -> np.ndarray:
    x = np.linspace(-1, 1, CANVAS, dtype=np.float32)
    side = 1 - 0.45 * np.clip(-light * x[None] * 1.2, 0, 1)
    edge = 1 - 0.25 * (x[None] ** 2 + x[:, None] ** 2)
    return side * edge


def _cover(rng, image, alpha, cover, shift) -> None:
    cx, cy = _CENTRE
    colour = tuple(map(float, rng.uniform(0.02, 0.9, 3)))
    if cover == 'glasses':
        for side in (-1, 1):
            centre = (cx + shift + side * 33, cy - 16)
            cv2.ellipse(
                image, centre, (27, 21), 0, 0, 360, (0.04,) * 3, -1, cv2.LINE_AA
            )
        cv2.line(
            image, (cx + shift - 8, cy - 18), (cx + shift + 8, cy - 18), (0.04,) * 3, 5
        )
    elif cover == 'scarf':
        for canvas, value in ((image, colour), (alpha, (1.0,))):
            cv2.rectangle(canvas, (cx - 84, cy + 26), (cx + 84, cy + 110), value, -1)
    elif cover == 'hand':
        x = cx + int(rng.choice([-1, 1])) * 52
        for canvas, value in ((image, colour), (alpha, (1.0,))):
            cv2.ellipse(
                canvas, (x, cy + 22), (36, 70), 0, 0, 360, value, -1, cv2.LINE_AA
            )


def place_face(
    scene: np.ndarray,
    face: tuple[np.ndarray, np.ndarray],
    centre: tuple[float, float],
    height: float,
    roll: float,
    squeeze: float = 1.0,
) -> tuple[float, float, float, float]:
    """Put a drawn face into a scene.

    Args:
        scene: RGB (H, W, 3), float32; changed.
        face: As :func:`draw_face` gives it.
        centre: Of the face, x, y in pixels.
        height: Of the upright face's ellipse, pixels.
        roll: Rotation in the plane, degrees.
        squeeze: Width relative to a frontal face's.

    Returns:
        The box of the face's ellipse (x, y, w, h) in pixels, cut at the border.
    """
    scale = height / (2 * _AXES[1])
    angle = np.deg2rad(roll)
    rotation = np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    matrix = rotation @ np.diag([scale * squeeze, scale])
    matrix = np.column_stack([matrix, np.array(centre) - matrix @ np.array(_CENTRE)])
    image, alpha = face
    image = image * alpha[..., None]
    shrink = min(1.0, 1.5 * scale)  # no aliasing where a large canvas becomes small
    if shrink < 1:
        how = dict(fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        image, alpha = (cv2.resize(layer, None, **how) for layer in (image, alpha))
        matrix[:, :2] /= shrink
    # only the part of the scene that the canvas can reach
    size = np.array([scene.shape[1], scene.shape[0]])
    reach = CANVAS * scale
    x0, y0 = (np.clip(np.array(centre) - reach, 0, size - 1)).astype(int)
    x1, y1 = (np.clip(np.array(centre) + reach, 1, size)).astype(int)
    matrix[:, 2] -= (x0, y0)
    part = scene[y0:y1, x0:x1]
    part_size = (part.shape[1], part.shape[0])
    part *= 1 - cv2.warpAffine(alpha, matrix, part_size)[..., None]
    part += cv2.warpAffine(image, matrix, part_size)
    a, b = _AXES[0] * scale * squeeze, _AXES[1] * scale
    half_w = np.hypot(a * np.cos(angle), b * np.sin(angle))
    half_h = np.hypot(a * np.sin(angle), b * np.cos(angle))
    x1, y1 = max(centre[0] - half_w, 0), max(centre[1] - half_h, 0)
    x2, y2 = min(centre[0] + half_w, size[0]), min(centre[1] + half_h, size[1])
    return x1, y1, x2 - x1, y2 - y1
