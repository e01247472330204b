"""Faces made unrecognisable."""

import cv2
import numpy as np

from ..inference.picture import as_picture
from .detections import as_rows

_CELLS = 5  # along the shorter side of a face
_MARGIN = 0.15  # of a box, on each side


def anonymise(image: np.ndarray, boxes: np.ndarray, style: str = 'blur') -> np.ndarray:
    """A copy of a picture in which nobody's face can be told.

    What is left of a face is the mean colour of about 5 x 6 cells, whatever its size;
    'blur' goes smoothly from one to the next, 'pixelate' shows them.

    Args:
        image: (H, W, 3) uint8, or anything else :func:`as_picture` takes.
        boxes: (n, 4) or more columns, x1, y1, x2, y2.
        style: 'blur' or 'pixelate'.
    """
    if style not in ('blur', 'pixelate'):
        raise ValueError(f"style={style!r}: wants 'blur' or 'pixelate'")
    image = as_picture(image)
    hidden = image.copy()
    height, width = image.shape[:2]
    for x1, y1, x2, y2 in as_rows(boxes, 4, 'boxes')[:, :4]:
        dx, dy = _MARGIN * (x2 - x1), _MARGIN * (y2 - y1)
        left, top = (max(int(np.floor(v)), 0) for v in (x1 - dx, y1 - dy))
        right, bottom = (
            min(int(np.ceil(x2 + dx)), width),
            min(int(np.ceil(y2 + dy)), height),
        )
        if right <= left or bottom <= top:
            continue
        # of the picture as it was: of overlapping boxes none reads the other's cells
        face = image[top:bottom, left:right]
        side = max(min(face.shape[:2]) / _CELLS, 1)
        size = (
            max(round(face.shape[1] / side), 1),
            max(round(face.shape[0] / side), 1),
        )
        size = tuple(min(s, 2 * _CELLS) for s in size)
        cells = cv2.resize(face, size, interpolation=cv2.INTER_AREA)
        how = cv2.INTER_CUBIC if style == 'blur' else cv2.INTER_NEAREST
        hidden[top:bottom, left:right] = cv2.resize(
            cells, face.shape[1::-1], interpolation=how
        )
    return hidden
