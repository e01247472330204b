"""Boxes on a picture."""

import cv2
import numpy as np

from ..inference.picture import as_picture

_FOUND, _FACE = (58, 157, 31), (0, 200, 255)  # BGR


def draw_detections(
    image: np.ndarray,
    detections: np.ndarray,
    faces: np.ndarray | None = None,
    colour: tuple[int, int, int] = _FOUND,
) -> np.ndarray:
    """Draw detections, and the annotated faces where they are known.

    Args:
        image: BGR (H, W, 3) uint8, or anything else :func:`as_picture` takes.
        detections: (n, 5) rows (x1, y1, x2, y2, score), pixels.
        faces: (k, 4) rows (x1, y1, x2, y2).
        colour: Of the detections, BGR.

    Returns:
        A copy with detections (in green by default) and faces in thin yellow.
    """
    image = as_picture(image).copy()
    detections = as_rows(detections, 5, 'detections')
    for box in np.zeros((0, 4)) if faces is None else faces[:, :4]:
        _box(image, box, _FACE, 1)
    for *box, score in detections[:, :5]:
        _box(image, box, colour, 2)
        if box[3] - box[1] >= 40:  # on smaller ones the figure would hide the face
            at = (int(box[0]), max(int(box[1]) - 4, 12))
            cv2.putText(image, f'{score:.2f}', at, 0, 0.45, colour, 1, cv2.LINE_AA)
    return image


def as_rows(rows: np.ndarray, columns: int, name: str) -> np.ndarray:
    """Boxes as (n, ``columns`` or more); an empty list is none.

    Raises:
        ValueError: They are no such rows.
    """
    rows = np.asarray(rows, np.float64)
    if not rows.size:
        return rows.reshape(0, columns)
    if rows.ndim != 2 or rows.shape[1] < columns:
        wants = 'x1, y1, x2, y2' + ', score' * (columns > 4)
        raise ValueError(f'{name}: wants rows of {wants}, got an array {rows.shape}')
    return rows


def _box(image, box, colour, width) -> None:
    x1, y1, x2, y2 = (round(float(side)) for side in box)
    cv2.rectangle(image, (x1, y1), (x2, y2), colour, width, cv2.LINE_AA)
