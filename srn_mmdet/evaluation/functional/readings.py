"""What the columns of detections may mean other than what their layout says.

An AP of 0 has few causes: corners for sizes, the score in another column, x and y
swapped, boxes of another scale or in parts of the image. Each is tried on images where no
box is on a face.
"""

from collections.abc import Mapping

import numpy as np

_BOXES = (
    *('x y w h', 'x1 y1 x2 y2', 'cx cy w h'),
    *('y x h w', 'y x w h', 'y1 x1 y2 x2', 'cy cx h w'),
)
_ELLIPSES = (
    *('major minor angle cx cy', 'major minor angle cy cx', 'cx cy major minor angle'),
    'length width angle cx cy',  # axes for radii
)
_NUM_IMAGES = 100  # looked at, evenly over the set
_NUM_MISSED = 40  # of these, to try the readings on
_NUM_BOXES = 100  # of each, by the reading's score
_ODD = 0.2  # part of the images without a box on a face from which readings are tried


def check_reading(
    columns: str,
    detections: Mapping[str, np.ndarray],
    face_columns: str,
    faces: Mapping[str, np.ndarray],
    sizes: Mapping[str, tuple[int, int]] | None = None,
) -> list[str]:
    """Say where detections cannot be what their layout says, and what would fit.

    A good evaluation pays for a look at 100 images.

    Args:
        columns: The layout, 'x y w h score' or 'major minor angle cx cy score' in any
            order, with x1 y1 x2 y2 or cx cy w h for x y w h; length and width are the
            axes of an ellipse, major and minor its radii, in pixels.
        detections: Image -> (n, 5) or (n, 6) rows as the layout says, finite.
        face_columns: The layout of the faces, without a score.
        faces: Image -> (k, 4) or (k, 5) rows as this says.
        sizes: Image -> (width, height) where they are known.

    Returns:
        Sentences, none where all is well.
    """
    doubts = _negative_sizes(columns, detections)
    both = [i for i, of in faces.items() if len(of) and len(detections.get(i, ()))]
    both = _evenly(both, _NUM_IMAGES)
    targets = {image: _corners(face_columns, faces[image]) for image in both}
    missed = [
        image
        for image in both
        if not _num_found(_best(columns, detections[image]), targets[image])
    ]
    if len(missed) <= _ODD * len(both):
        return doubts
    doubt = f'no box is on a face in {len(missed)} of {len(both)} images looked at'
    images = _evenly(missed, _NUM_MISSED)
    targets = [targets[image] for image in images]
    rows = [detections[image] for image in images]
    known = [sizes.get(image) for image in images] if sizes else [None] * len(images)
    num_faces = sum(map(len, targets))
    fits = {}
    for reading in _readings(columns, rows[0].shape[1]):
        boxes = [_best(reading, of_image) for of_image in rows]
        for unit, scaled in _units(boxes, targets, known):
            if (reading, unit) != (columns, ''):
                found = sum(map(_num_found, scaled, targets))
                fits[f"'{reading}'{unit}"] = found
    most = max(fits.values())
    # of readings that fit about as well, the plainest stands first
    reading = next(name for name, found in fits.items() if found >= 0.95 * most)
    if most >= max(3, 0.2 * num_faces):
        doubt += (
            f'; read as {reading}, the boxes of {len(images)} of them match '
            f"{fits[reading]:,} of {num_faces:,} faces; as '{columns}', the layout, none"
        )
    elif len(missed) > 0.9 * len(both) and len(both) > 2:
        doubt += '; no other reading of their columns that was tried fits'
        if _are_parts([_best(columns, of_image) for of_image in rows]):
            doubt += '; their numbers are below 2, where pixels are wanted'
    else:
        return doubts
    return [doubt, *doubts]


def _readings(columns: str, number: int) -> list[str]:
    """The layout first, then those with the score where it says, then the others."""
    first = columns.startswith('score')
    shapes = _BOXES if number == 5 else _ELLIPSES
    names = [
        f'score {shape}' if ahead else f'{shape} score'
        for ahead in (first, not first)
        for shape in shapes
    ]
    return sorted(names, key=lambda name: name != columns)


def _evenly(images: list[str], number: int) -> list[str]:
    return images[:: -(-len(images) // number) or 1]


def _corners(columns: str, rows: np.ndarray) -> np.ndarray:
    """(n, 4) x1, y1, x2, y2."""
    of = dict(zip(columns.split(), np.asarray(rows, np.float64).T, strict=True))
    if 'x2' in of:
        return np.stack([of['x1'], of['y1'], of['x2'], of['y2']], 1)
    if 'angle' in of:
        axes = ('major', 'minor') if 'major' in of else ('length', 'width')
        major, minor = (of[axis] / (2 if 'length' in of else 1) for axis in axes)
        cos, sin = np.cos(of['angle']), np.sin(of['angle'])
        w, h = (
            2 * np.hypot(major * cos, minor * sin),
            2 * np.hypot(major * sin, minor * cos),
        )
    else:
        w, h = of['w'], of['h']
    x = of['x'] if 'x' in of else of['cx'] - w / 2
    y = of['y'] if 'y' in of else of['cy'] - h / 2
    return np.stack([x, y, x + w, y + h], 1)


def _best(columns: str, rows: np.ndarray) -> np.ndarray:
    """The corners of the boxes with the highest scores."""
    scores = rows[:, columns.split().index('score')]
    if len(rows) > _NUM_BOXES:
        rows = rows[np.argsort(-scores, kind='stable')[:_NUM_BOXES]]
    return _corners(columns, rows)


def _num_found(boxes: np.ndarray, faces: np.ndarray) -> int:
    """How many faces have a box with an IoU of at least one half."""
    low = np.maximum(boxes[:, None, :2], faces[:, :2])
    high = np.minimum(boxes[:, None, 2:], faces[:, 2:])
    inter = (high - low).clip(0).prod(2)
    areas = [(of[:, 2:] - of[:, :2]).clip(0).prod(1) for of in (boxes, faces)]
    union = areas[0][:, None] + areas[1] - inter
    return int(((inter > 0) & (inter >= 0.5 * union)).any(0).sum())


def _negative_sizes(columns: str, detections: Mapping[str, np.ndarray]) -> list[str]:
    names = [image for image, rows in detections.items() if len(rows)]
    if not names or 'angle' in columns:
        return []
    rows = np.concatenate([detections[image] for image in names])
    of = dict(zip(columns.split(), rows.T, strict=True))
    if 'x2' in of:
        bad = (of['x2'] < of['x1']) | (of['y2'] < of['y1'])
    else:
        bad = (of['w'] < 0) | (of['h'] < 0)
    if not bad.any():
        return []
    ends = np.cumsum([len(detections[image]) for image in names])
    first = names[np.searchsorted(ends, bad.argmax(), side='right')]
    return [
        f'{bad.sum():,} of {len(bad):,} boxes have a negative width or height, '
        f'{first} the first'
    ]


def _units(boxes: list, faces: list, sizes: list):
    """What the numbers may be counted in: (its name, the boxes in pixels)."""
    if _are_parts(boxes):
        yield (
            ' in parts of the image (0 to 1)',
            [
                of * np.tile(_size(of, face) if size is None else size, 2)
                for of, face, size in zip(boxes, faces, sizes, strict=True)
            ],
        )
        return
    yield '', boxes
    votes = [_ratios(*pair) for pair in zip(boxes, faces, strict=True)]
    votes = np.concatenate(votes)
    votes = votes[np.abs(votes[:, 0] - votes[:, 1]) < 0.1].mean(1)
    if len(votes):
        scale = np.exp(_densest(votes[:, None])[0])
        if abs(np.log(scale)) > 0.1:
            yield f' times {scale:.3g}', [of * scale for of in boxes]


def _are_parts(boxes: list) -> bool:
    numbers = np.abs(np.concatenate(boxes))
    return np.quantile(numbers, 0.95) <= 2  # a few may be anywhere


def _ratios(boxes: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(m, 2) logarithms of what takes a box's middle to a face's along x and y.

    Of the pairs of a box and a face whose sizes have about the same ratios.
    """
    pairs = []
    for of in (boxes, faces):
        middles_and_sides = [(of[:, :2] + of[:, 2:]) / 2, of[:, 2:] - of[:, :2]]
        pairs.append(np.log(np.stack(middles_and_sides, 1).clip(1e-9)))
    ratios = pairs[1] - pairs[0][:, None]  # (n, k, middle or sides, x or y)
    near = (np.abs(ratios[:, :, 0] - ratios[:, :, 1]) < 0.2).all(2)
    return ratios[:, :, 0][near]


def _size(boxes: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Width and height of an image with these faces, from boxes in parts of it."""
    votes = _ratios(boxes, faces)
    return np.exp(_densest(votes)) if len(votes) else np.ones(2)


def _densest(votes: np.ndarray) -> np.ndarray:
    """Of points (m, d), the middle of those about the one with the most around it."""
    votes = votes[:: -(-len(votes) // 2000)]
    near = (np.abs(votes[:, None] - votes) < 0.05).all(2)
    return np.median(votes[near[near.sum(0).argmax()]], 0)
