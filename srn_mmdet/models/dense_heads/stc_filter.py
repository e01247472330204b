"""STC's filter: which anchors the first step drops, and what that means.

The one home of theta and of the rule for training; at test time a dropped anchor is
background, and the second step need not look at a place where all of them are.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..layers import DeferredMap, deferred, from_anchors


def below_theta(face_scores: Tensor, score_thr: float) -> Tensor:
    """Anchors whose first-step face probability is at most 1 - theta."""
    return face_scores <= score_thr


def left_places(
    dropped: dict[int, Tensor], maps: Sequence[Tensor | DeferredMap]
) -> dict[int, Tensor]:
    """Of each level with dropped anchors (N, H*W*A), places (N, H, W) with one left."""
    left = {}
    for level, drop in dropped.items():
        size = deferred(maps[level]).base.shape[-2:]
        left[level] = ~from_anchors(drop[..., None], size).all(1)
    return left


def without_dropped(scores: list[Tensor], dropped: dict[int, Tensor]) -> list[Tensor]:
    """Logits (N, A*K, H, W) a level, -inf (a score of 0) at the dropped anchors."""
    scores = list(scores)
    for level, drop in dropped.items():
        drop = from_anchors(drop[..., None], scores[level].shape[-2:])  # (N, A, H, W)
        by_anchor = scores[level].unflatten(1, (drop.shape[1], -1))
        scores[level] = by_anchor.masked_fill(drop[:, :, None], -torch.inf).flatten(
            1, 2
        )
    return scores


def without_easy_negatives(
    dropped: dict[int, Tensor],
    labels: list[Tensor],
    weights: list[Tensor],
    background: int,
) -> tuple[list[Tensor], dict[int, Tensor]]:
    """The second step's weights (N, H*W*A) a level, 0 for negatives that were dropped.

    Negatives alone: to drop positives too is a known divergence of re-implementations
    (the authors say so of RefineDet, this step's ancestor).

    Returns:
        The weights, and the easy negatives of each level that has dropped anchors.
    """
    easy = {
        level: drop & (labels[level] == background) & (weights[level] > 0)
        for level, drop in dropped.items()
    }
    weights = [
        weight.masked_fill(easy[level], 0) if level in easy else weight
        for level, weight in enumerate(weights)
    ]
    return weights, easy
