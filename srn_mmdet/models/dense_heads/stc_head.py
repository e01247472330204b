"""Selective two-step classification (SRN paper, section 3.1)."""

import logging
from collections.abc import Sequence
from functools import partial

from mmdet.registry import MODELS
from mmengine.logging import print_log
from torch import Tensor

from ..layers import per_anchor, recomputed
from .head_checks import check_score_thr
from .stc_filter import below_theta
from .two_step_head import TwoStepHead


@MODELS.register_module()
class STCHead(TwoStepHead):
    """The first step drops easy negatives on the low levels.

    An anchor whose first-step face probability is at most ``stc_score_thr`` is
    background: at test time it gives no detection; in training it is ignored by the
    second step where the matching makes it a negative, and kept where it is a positive.

    Args:
        stc_levels: Levels with a first-step classification: strides 4, 8 and 16.
        stc_score_thr: 1 - theta of the paper, theta = 0.99. At initialisation every
            probability is about the focal prior .01, which is this very threshold. 0
            drops nothing in training: what the test then drops saves time alone.
            ``test_cfg`` may have another one of this name for test time: the focal loss
            of a short training leaves easy background at a few hundredths. It must not
            be lower than in training: the second step has never learnt that what lies
            between the two is background.
        The other arguments are :class:`TwoStepHead`'s.
    """

    def __init__(
        self,
        *args,
        stc_levels: Sequence[int] = (0, 1, 2),
        stc_score_thr: float = 0.01,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        # a softmax over logits of -inf is NaN
        assert self.use_sigmoid_cls, (
            'STC drops anchors by a logit of -inf, which wants sigmoid scores: '
            'set use_sigmoid=True in loss_cls'
        )
        self.stc_score_thr = check_score_thr(stc_score_thr, 'stc_score_thr')
        if 'stc_score_thr' in (self.test_cfg or {}):
            tested = self.test_cfg['stc_score_thr']
            check_score_thr(tested, 'test_cfg.stc_score_thr')
            if tested < self.stc_score_thr:
                print_log(
                    f'test_cfg.stc_score_thr={tested} lets anchors through that the '
                    f'second step did not learn from (stc_score_thr='
                    f'{self.stc_score_thr}): expect boxes on background',
                    'current',
                    logging.WARNING,
                )
        self.stc_levels = self._read_first(stc_levels, 'stc_levels')

    def _init_layers(self) -> None:
        super()._init_layers()
        self.first_cls = self._own_first_step(self.cls_out_channels, bias_prob=0.01)

    def forward_first(self, feats: dict[int, Tensor]) -> dict[str, dict[int, Tensor]]:
        branches = (self.first_cls or self.forward_cls,)
        scores = {i: self._run(feats[i], branches)[0] for i in self.stc_levels}
        return dict(super().forward_first(feats), cls=scores)

    def loss_first(self, first: dict, anchors: list[Tensor], targets: tuple) -> dict:
        labels, label_weights, _, _, avg_factor = targets
        losses = super().loss_first(first, anchors, targets)
        losses['loss_stc'] = [
            recomputed(
                partial(self.loss_cls, avg_factor=avg_factor),
                per_anchor(score.float(), self.cls_out_channels).flatten(0, 1),
                labels[level].flatten(),
                label_weights[level].flatten(),
            )
            for level, score in first['cls'].items()
        ]
        return losses

    def dropped(self, first: dict) -> dict[int, Tensor]:
        dropped = dict(super().dropped(first))
        score_thr = self.stc_score_thr
        if not self.training:
            score_thr = (self.test_cfg or {}).get('stc_score_thr', score_thr)
        for level, score in first['cls'].items():
            logits = per_anchor(score.detach().float(), self.cls_out_channels)
            face_score = logits.sigmoid().amax(-1)  # (N, H*W*A)
            dropped[level] = below_theta(face_score, score_thr)
        return dropped

    def stats(self, first, tiled, refined, targets, easy) -> dict[str, Tensor]:
        """How many anchors an image STC dropped, and positives : negatives."""
        labels, weights = targets[:2]
        pos = sum((labels[i] < self.num_classes).sum() for i in self.stc_levels)
        used = sum((weights[i] > 0).sum() for i in self.stc_levels)
        drop = sum(easy[i].sum() for i in self.stc_levels)
        return dict(
            super().stats(first, tiled, refined, targets, easy),
            stc_dropped=drop / len(labels[0]),
            stc_pos_share_before=pos / used.clamp(min=1),
            stc_pos_share_after=pos / (used - drop).clamp(min=1),
        )
