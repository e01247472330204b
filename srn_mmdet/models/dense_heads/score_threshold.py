"""The released code's score threshold, which spares the smallest maps."""

import torch
from mmengine.config import ConfigDict
from torch import Tensor


def over_score_thr(
    cls_scores: list[Tensor], cfg: ConfigDict
) -> tuple[list[Tensor], ConfigDict]:
    """One image's logits, and the settings to go on with.

    With ``score_thr_min_places`` in the settings, maps of fewer places (H * W) than this
    give their anchors whatever the score (120 in the authors' release: the smallest maps,
    whose large faces are few, lose none to the threshold). Without it nothing changes.

    Args:
        cls_scores: (A*K, H, W), one a level.
        cfg: ``test_cfg``.
    """
    min_places = cfg.get('score_thr_min_places')
    if min_places is None:
        return cls_scores, cfg
    over = [
        score
        if score[0].numel() < min_places
        else score.masked_fill(score.sigmoid() <= cfg.score_thr, -torch.inf)
        for score in cls_scores
    ]
    return over, ConfigDict(cfg, score_thr=0.0)
