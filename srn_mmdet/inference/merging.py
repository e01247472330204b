"""The boxes of several looks at a picture, each face once."""

import numpy as np
import torch

from ..models.layers import box_voting

IOU_THR = 0.4


def merge(rows: list[np.ndarray]) -> np.ndarray:
    """Merge what several looks found.

    Args:
        rows: For each look (n, 5): x1, y1, x2, y2 in pixels of the picture, score.

    Returns:
        (m, 5) float32, best first; of a single look as it is.
    """
    if len(rows) == 1:
        return rows[0]
    rows = torch.from_numpy(np.concatenate(rows))
    boxes, scores = box_voting(rows[:, :4], rows[:, 4], IOU_THR, offset=0)
    return torch.cat([boxes, scores[:, None]], 1).numpy()
