"""Detections that were cut at a score, which costs them the end of their curve."""

import numpy as np

_LOW = 0.2


def check_score_cut(
    scores: np.ndarray, recalls: np.ndarray, precisions: np.ndarray
) -> list[str]:
    """Say where only high scores were kept though more faces could have been found.

    Args:
        scores: (n,) of all detections. Only scores in 0..1 are judged.
        recalls, precisions: The curve; at its end are all detections.

    Returns:
        A sentence, or none.
    """
    if not len(scores) or scores.min() < _LOW or scores.max() > 1:
        return []
    recall, precision = recalls[-1], precisions[-1]
    if (1 - recall) * precision < 0.01:  # what a longer curve could add
        return []
    return [
        f'no score is below {scores.min():.3g}, where the curve ends at a recall of '
        f'{recall:.3f} with a precision of {precision:.3f}: evaluation wants detections '
        'of low scores, too (from .01 or so)'
    ]
