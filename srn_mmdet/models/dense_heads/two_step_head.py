"""The anchor head that decides in two steps.

What the first step does is in hooks (first_step_hooks.py), which STC and STR fill.
Everything else is AnchorHead's machinery: with hooks that do nothing, losses and
predictions equal AnchorHead's bit for bit.
"""

from collections.abc import Sequence
from functools import partial

import torch
from mmdet.models.dense_heads import AnchorHead
from mmdet.models.utils import multi_apply, select_single_mlvl, unpack_gt_instances
from mmdet.registry import MODELS
from mmengine.structures import InstanceData
from torch import Tensor, nn

from ...checked_arguments import whole
from ..layers import (
    DeferredMap,
    Tower,
    by_level,
    deferred,
    dense,
    from_anchors,
    made_of,
    recomputed,
    run_where,
)
from .first_step_hooks import FirstStepHooks
from .head_checks import check_anchors, check_config, check_first_step, check_losses
from .pyramid import split_pyramid
from .score_threshold import over_score_thr
from .stc_filter import left_places, without_dropped, without_easy_negatives
from .voting import BoxVoting

_INIT = dict(
    type='Xavier',
    layer='Conv2d',
    distribution='uniform',
    override=dict(
        type='Xavier', name='conv_cls', distribution='uniform', bias_prob=0.01
    ),
)


@MODELS.register_module()
class TwoStepHead(FirstStepHooks, BoxVoting, AnchorHead):
    """Towers shared by all levels and both steps, over AnchorHead.

    Each branch (class, box) is ``stacked_convs`` 3x3 convolutions with ReLU and a 1x1
    prediction. On its own it is a one-step detector on the P maps; :class:`STCHead`,
    :class:`STRHead` and :class:`SRNHead` add the first step on the C maps (SRN paper,
    section 3).

    Args:
        stacked_convs: 3x3 convolutions a tower.
        selective: Run the second step only where it is read: at test time, on the levels
            of STC, around the anchors that the first step left; in training around the
            anchors with a weight, and the box branch around positives. Same detections
            and gradients, less work.
        with_cp: In training, compute the towers again in the backward pass instead of
            keeping their maps.
        rfe_in_tower: Put an RFEBlock behind the first convolution of each tower, as in
            the authors' release; otherwise RFE is a neck.
        first_step: Give the first step branches of its own, with these arguments of
            :class:`FirstStep` (``dict()`` for its defaults); None shares the second
            step's with it, as in the paper.
        init_cfg: Xavier, and the focal prior .01 as the class prediction's bias.
        The other arguments are AnchorHead's.
    """

    def __init__(
        self,
        *args,
        stacked_convs: int = 2,
        rfe_in_tower: bool = False,
        selective: bool = True,
        with_cp: bool = False,
        first_step: dict | None = None,
        init_cfg: dict | None = _INIT,
        **kwargs,
    ) -> None:
        check_config(kwargs)
        self.stacked_convs = whole(stacked_convs, 'stacked_convs')
        self.rfe_in_tower = rfe_in_tower
        self.selective = selective
        self.with_cp = with_cp
        has_one = type(self).forward_first is not FirstStepHooks.forward_first
        self.first_step = check_first_step(first_step, has_one)
        self.first_levels: tuple[int, ...] = ()
        super().__init__(*args, init_cfg=init_cfg, **kwargs)
        check_losses(self.loss_cls, self.loss_bbox, self.reg_decoded_bbox)
        check_anchors(self.prior_generator, self.bbox_coder)

    def _init_layers(self) -> None:
        whole(self.in_channels, 'in_channels')
        whole(self.feat_channels, 'feat_channels')
        anchors = self.num_base_priors
        tower = self.in_channels, self.feat_channels, self.stacked_convs
        self.cls_tower = Tower(*tower, rfe=self.rfe_in_tower)
        self.reg_tower = Tower(*tower, rfe=self.rfe_in_tower)
        self.conv_cls = nn.Conv2d(
            self.feat_channels, anchors * self.cls_out_channels, 1
        )
        self.conv_reg = nn.Conv2d(
            self.feat_channels, anchors * self.bbox_coder.encode_size, 1
        )

    # --- network

    @made_of(lambda self: (self.cls_tower, self.conv_cls))
    def forward_cls(self, x: Tensor) -> Tensor:
        """One map (N, in_channels, H, W) -> logits (N, A*K, H, W)."""
        return self.conv_cls(self.cls_tower(x))

    @made_of(lambda self: (self.reg_tower, self.conv_reg))
    def forward_reg(self, x: Tensor) -> Tensor:
        """One map (N, in_channels, H, W) -> box deltas (N, A*4, H, W)."""
        return self.conv_reg(self.reg_tower(x))

    def forward_single(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.forward_cls(x), self.forward_reg(x)

    def _run(
        self,
        x: Tensor | DeferredMap,
        branches: Sequence,
        wanted: Tensor | Sequence[Tensor] | None = None,
    ) -> list[Tensor]:
        """Branches on a level's map, for either step, in training and testing.

        Args:
            x: (N, in_channels, H, W).
            branches: ``forward_cls``, ``forward_reg`` or such of a subclass.
            wanted: (N, H, W) bool, the places where the results are read, of all branches
                or one of each; None: all.
        """
        if wanted is None or not self.selective:
            x = dense(x)

            def run(x):
                return [branch(x) for branch in branches]
        else:

            def run(x):
                return run_where(deferred(x), branches, wanted)

        return recomputed(run, x) if self.with_cp and self.training else run(x)

    def _run_where(
        self,
        maps: Sequence[Tensor | DeferredMap],
        wanted: dict[int, Tensor | Sequence[Tensor]],
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Both branches on all levels, right in the places (N, H, W) that are wanted."""
        branches = self.forward_cls, self.forward_reg
        outs = [self._run(x, branches, wanted.get(i)) for i, x in enumerate(maps)]
        return [cls for cls, _ in outs], [reg for _, reg in outs]

    def _run_first(self, x: tuple[Tensor, ...]) -> tuple[Sequence, dict]:
        """The second step's maps, and the first step's output."""
        num_levels = self.prior_generator.num_levels
        maps, feats = split_pyramid(x, num_levels, self.first_levels, self)
        return maps, self.forward_first(feats)

    def forward(self, x: tuple[Tensor, ...]) -> tuple[list[Tensor], list[Tensor], dict]:
        """Run both steps.

        Args:
            x: The P maps, one a level, then the C maps: one a level, or only those of
                ``first_levels``, in order; each (N, in_channels, H_l, W_l).

        Returns:
            The second step's logits and deltas, a list of one map a level, and the
            first step's output as :meth:`forward_first` gives it.
        """
        maps, first = self._run_first(x)
        selective = self.selective and not self.training
        dropped = self.dropped(first) if selective else {}
        outs = self._run_where(maps, left_places(dropped, maps))
        # dicts of a trace have no numbers as keys (get_flops); the export reads them
        if torch.jit.is_tracing() and not torch.onnx.is_in_onnx_export():
            first = {
                f'{name}.{level}': out
                for name, levels in first.items()
                for level, out in levels.items()
            }
        return *outs, first

    def predict(
        self, x: tuple[Tensor, ...], batch_data_samples: list, rescale: bool = False
    ) -> list[InstanceData]:
        """Detections of a batch; what the first step drops is decided once."""
        metas = [sample.metainfo for sample in batch_data_samples]
        maps, first = self._run_first(x)
        dropped = self.dropped(first)
        outs = self._run_where(maps, left_places(dropped, maps))
        return self.predict_by_feat(
            *outs, first, metas, rescale=rescale, dropped=dropped
        )

    # --- the two steps, by AnchorHead's machinery

    def loss_by_feat(
        self,
        cls_scores: list[Tensor],
        bbox_preds: list[Tensor],
        first: dict,
        batch_gt_instances: list[InstanceData],
        batch_img_metas: list[dict],
        batch_gt_instances_ignore: list[InstanceData] | None = None,
    ) -> dict:
        """Losses of both steps; the second matches and regresses refined anchors."""
        sizes = [score.shape[-2:] for score in cls_scores]
        losses, second = self._match(
            first,
            sizes,
            cls_scores[0].device,
            batch_gt_instances,
            batch_img_metas,
            batch_gt_instances_ignore,
        )
        return dict(losses, **self._loss_second(cls_scores, bbox_preds, *second))

    def loss(self, x: tuple[Tensor, ...], batch_data_samples: list) -> dict:
        """Losses of a batch; ``x`` as for :meth:`forward`.

        The second step's targets are known before it runs: its class branch is computed
        only around anchors with a weight, its box branch only around positives. The
        losses and the gradients are those of everywhere.
        """
        gts, ignored, metas = unpack_gt_instances(batch_data_samples)
        maps, first = self._run_first(x)
        bases = [deferred(feat).base for feat in maps]
        sizes = [base.shape[-2:] for base in bases]
        losses, second = self._match(first, sizes, bases[0].device, gts, metas, ignored)
        (_, weights, _, box_weights, _), _ = second
        wanted = {
            level: [
                from_anchors(anchors[..., None], size).any(1)  # (N, H, W)
                for anchors in (weights[level] > 0, (box_weights[level] > 0).any(-1))
            ]
            for level, size in enumerate(sizes)
        }
        outs = self._run_where(maps, wanted)
        return dict(losses, **self._loss_second(*outs, *second))

    def _match(
        self,
        first: dict,
        sizes: list[tuple[int, int]],
        device: torch.device,
        batch_gt_instances: list[InstanceData],
        batch_img_metas: list[dict],
        batch_gt_instances_ignore: list[InstanceData] | None,
    ) -> tuple[dict, tuple]:
        """Losses of the first step, the figures to log, and the second step's targets.

        The latter are AnchorHead's (labels, weights, box targets, box weights, average
        factor), without the easy negatives, and the anchors they are for, a level each.
        """
        anchors, flags = self.get_anchors(sizes, batch_img_metas, device=device)
        gts = (batch_gt_instances, batch_img_metas, batch_gt_instances_ignore)

        losses = {}
        tiled = by_level(anchors)
        if self.first_levels:
            with self.assigner.first_step():
                targets = self.get_targets(anchors, flags, *gts)
            losses.update(self.loss_first(first, tiled, targets))
            anchors = self.refine(first, anchors)
        refined = by_level(anchors)

        targets = self.get_targets(anchors, flags, *gts)
        labels, weights = targets[:2]
        weights, easy = without_easy_negatives(
            self.dropped(first), labels, weights, background=self.num_classes
        )
        losses.update(self.stats(first, tiled, refined, targets, easy))
        return losses, ((labels, weights, *targets[2:]), refined)

    def _loss_second(
        self,
        cls_scores: list[Tensor],
        bbox_preds: list[Tensor],
        targets: tuple,
        anchors: list[Tensor],
    ) -> dict:
        *by_level, avg_factor = targets
        loss_cls, loss_bbox = multi_apply(
            # mmdet's focal loss keeps ten times its input for the backward pass on a CPU
            partial(
                recomputed, partial(self.loss_by_feat_single, avg_factor=avg_factor)
            ),
            [score.float() for score in cls_scores],
            [pred.float() for pred in bbox_preds],
            anchors,
            *by_level,
        )
        return dict(loss_cls=loss_cls, loss_bbox=loss_bbox)

    def predict_by_feat(
        self,
        cls_scores: list[Tensor],
        bbox_preds: list[Tensor],
        first: dict,
        batch_img_metas: list[dict] | None = None,
        cfg: dict | None = None,
        rescale: bool = False,
        with_nms: bool = True,
        dropped: dict[int, Tensor] | None = None,
    ) -> list[InstanceData]:
        """Detections of a batch from the refined anchors that the first step left.

        ``cfg`` is test_cfg; beside AnchorHead's keys it may have ``score_thr_min_places``
        (score_threshold.py), and its ``nms`` may be ``dict(type='box_voting',
        iou_threshold=...)`` (voting.py). ``dropped`` is what :meth:`dropped` gave, if
        that was asked already.
        """
        dropped = self.dropped(first) if dropped is None else dropped
        cfg = self.test_cfg if cfg is None else cfg
        # the tiled anchors are float32 also under autocast: half loses whole pixels
        # above 2048
        tiled = self.prior_generator.grid_priors(
            [score.shape[-2:] for score in cls_scores], device=cls_scores[0].device
        )
        anchors = self.refine(first, [tiled] * len(batch_img_metas))
        cls_scores = without_dropped([score.float() for score in cls_scores], dropped)
        results = []
        for i, meta in enumerate(batch_img_metas):
            scores = select_single_mlvl(cls_scores, i, detach=True)
            preds = select_single_mlvl(bbox_preds, i, detach=True)
            scores, image_cfg = over_score_thr(scores, cfg)
            results.append(
                self._predict_by_feat_single(
                    cls_score_list=scores,
                    bbox_pred_list=[pred.float() for pred in preds],
                    score_factor_list=[None] * len(scores),
                    mlvl_priors=anchors[i],
                    img_meta=meta,
                    cfg=image_cfg,
                    rescale=rescale,
                    with_nms=with_nms,
                )
            )
        return results
