"""The boxes of several looks at a picture, each face once."""

import numpy as np

#: from this overlap on, boxes of two looks are of one face
IOU_THR = 0.4


def merge(rows: list[np.ndarray]) -> np.ndarray:
    """Merge what several looks found.

    A box is dropped where another look has a better one of the same face. Boxes of one
    look do not drop each other: the detector has chosen among them already, and faces in
    a crowd overlap.

    Args:
        rows: For each look (n, 5): x1, y1, x2, y2 in pixels of the picture, score.

    Returns:
        (m, 5) float32, best first; of a single look as it is.
    """
    if len(rows) == 1:
        return rows[0]
    look = np.repeat(np.arange(len(rows)), [len(of_look) for of_look in rows])
    rows = np.concatenate(rows)
    left, kept = np.argsort(-rows[:, 4], kind='stable'), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        drop = _iou(rows[best], rows[left]) >= IOU_THR
        left = left[~drop | (look[left] == look[best])]
    return rows[kept]


def _iou(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[2:4], boxes[:, 2:4])
    inter = (high - low).clip(0).prod(1)
    areas = [(x[..., 2:4] - x[..., :2]).prod(-1) for x in (box, boxes)]
    return inter / np.maximum(areas[0] + areas[1] - inter, 1e-9)
