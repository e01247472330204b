"""Boxes on a picture."""

import cv2
import numpy as np

_FOUND, _FACE = (58, 157, 31), (0, 200, 255)  # BGR


def draw_detections(
    image: np.ndarray,
    detections: np.ndarray,
    faces: np.ndarray | None = None,
    colour: tuple[int, int, int] = _FOUND,
) -> np.ndarray:
    """Draw detections, and the annotated faces where they are known.

    Args:
        image: BGR (H, W, 3) uint8.
        detections: (n, 5) rows (x1, y1, x2, y2, score), pixels.
        faces: (k, 4) rows (x1, y1, x2, y2).
        colour: Of the detections, BGR.

    Returns:
        A copy with detections (in green by default) and faces in thin yellow.
    """
    image = image.copy()
    for box in np.zeros((0, 4)) if faces is None else faces[:, :4]:
        _box(image, box, _FACE, 1)
    for *box, score in detections:
        _box(image, box, colour, 2)
        if box[3] - box[1] >= 40:  # on smaller ones the figure would hide the face
            at = (int(box[0]), max(int(box[1]) - 4, 12))
            cv2.putText(image, f'{score:.2f}', at, 0, 0.45, colour, 1, cv2.LINE_AA)
    return image


def _box(image, box, colour, width) -> None:
    x1, y1, x2, y2 = (round(float(side)) for side in box)
    cv2.rectangle(image, (x1, y1), (x2, y2), colour, width, cv2.LINE_AA)
