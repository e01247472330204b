"""Area under a precision-recall curve."""

import numpy as np


def average_precision(recall: np.ndarray, precision: np.ndarray) -> float:
    """Area under the precision envelope, all points (PASCAL VOC since 2010).

    Args:
        recall: (n,) in [0, 1], not falling.
        precision: (n,) in [0, 1].
    """
    recall = np.concatenate([[0.0], recall, [1.0]])
    precision = np.concatenate([[0.0], precision, [0.0]])
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * envelope[1:]))
