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
        detections: (n, 5) rows (x, y, w, h, score), pixels.
        faces: (k, 4) rows (x, y, w, h).
        colour: Of the detections, BGR.

    Returns:
        A copy with detections (in green by default) and faces in thin yellow.
    """
    image = image.copy()
    for x, y, w, h in np.zeros((0, 4)) if faces is None else faces[:, :4]:
        _box(image, x, y, w, h, _FACE, 1)
    for x, y, w, h, score in detections:
        _box(image, x, y, w, h, colour, 2)
        if h >= 40:  # on smaller ones the figure would hide the face
            at = (int(x), max(int(y) - 4, 12))
            cv2.putText(image, f'{score:.2f}', at, 0, 0.45, colour, 1, cv2.LINE_AA)
    return image


def _box(image, x, y, w, h, colour, width) -> None:
    start, end = (round(x), round(y)), (round(x + w), round(y + h))
    cv2.rectangle(image, start, end, colour, width, cv2.LINE_AA)
