"""The anchor head that decides in two steps, with hooks that do nothing.

Contract of the hooks (``forward_first``, ``loss_first``, ``refine``, ``dropped``,
``stats``): STC and STR call ``super()`` in each, so that they stack in any order, and
return new lists and dicts, never edit what they are given: ``get_anchors`` repeats one
list for all images. No class reads what another one sets.

Everything else is AnchorHead's machinery: with hooks that do nothing, losses and
predictions equal AnchorHead's bit for bit.
"""

import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from itertools import pairwise

import torch
from mmcv.cnn import ConvModule
from mmdet.models.dense_heads import AnchorHead
from mmdet.models.utils import (
    images_to_levels,
    multi_apply,
    select_single_mlvl,
    unpack_gt_instances,
)
from mmdet.registry import MODELS
from mmdet.structures.bbox import cat_boxes, get_box_tensor
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor, nn

from ..layers import (
    DeferredMap,
    FirstStep,
    RFEBlock,
    as_levels,
    box_voting,
    deferred,
    dense,
    from_anchors,
    recomputed,
    run_where,
)
from .head_checks import check_first_step, check_losses

_INIT = dict(
    type='Xavier',
    layer='Conv2d',
    distribution='uniform',
    override=dict(
        type='Xavier', name='conv_cls', distribution='uniform', bias_prob=0.01
    ),
)


@MODELS.register_module()
class TwoStepHead(AnchorHead):
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
        assert stacked_convs >= 1, f'stacked_convs={stacked_convs}: wants 1 or more'
        self.stacked_convs = stacked_convs
        self.rfe_in_tower = rfe_in_tower
        self.selective = selective
        self.with_cp = with_cp
        self.first_step = check_first_step(first_step)
        self.first_levels: tuple[int, ...] = ()
        self._last_tiled: tuple | None = None
        super().__init__(*args, init_cfg=init_cfg, **kwargs)
        check_losses(self.loss_cls, self.loss_bbox, self.reg_decoded_bbox)

    def _init_layers(self) -> None:
        anchors = self.num_base_priors
        self.cls_tower = self._build_tower()
        self.reg_tower = self._build_tower()
        self.conv_cls = nn.Conv2d(
            self.feat_channels, anchors * self.cls_out_channels, 1
        )
        self.conv_reg = nn.Conv2d(
            self.feat_channels, anchors * self.bbox_coder.encode_size, 1
        )

    def _own_first_step(self, numbers: int, **kwargs) -> FirstStep | None:
        """A branch of the first step's own, of so many numbers an anchor, or None."""
        if self.first_step is None:
            return None
        numbers *= self.num_base_priors
        return FirstStep(self.in_channels, numbers, **kwargs, **self.first_step)

    def _build_tower(self) -> nn.Sequential:
        channels = [self.in_channels] + [self.feat_channels] * self.stacked_convs
        # by name, so that the convolutions of a tower with and without RFE are called
        # the same in a checkpoint, and one loads into the other
        tower = nn.Sequential()
        for i, (in_channels, out_channels) in enumerate(pairwise(channels)):
            tower.add_module(
                f'conv{i}', ConvModule(in_channels, out_channels, 3, padding=1)
            )
            if i == 0 and self.rfe_in_tower:
                tower.add_module('rfe', RFEBlock(self.feat_channels))
        return tower

    def _read_first(self, levels: Sequence[int], name: str) -> tuple[int, ...]:
        """The levels, and note that the first step reads them; for STC and STR."""
        levels = as_levels(levels, self.prior_generator.num_levels, name)
        assert levels, f'{name}={levels}: wants at least one'
        both = {*levels} & {*self.first_levels}
        if both:
            warnings.warn(
                f'{type(self).__name__}: STC and STR are both on levels {sorted(both)}; '
                'the paper has one on each: set stc_levels and str_levels',
                stacklevel=3,
            )
        self.first_levels = tuple(sorted({*self.first_levels, *levels}))
        return levels

    # --- network

    def forward_cls(self, x: Tensor) -> Tensor:
        """One map (N, in_channels, H, W) -> logits (N, A*K, H, W)."""
        return self.conv_cls(self._tower(self.cls_tower, x))

    def forward_reg(self, x: Tensor) -> Tensor:
        """One map (N, in_channels, H, W) -> box deltas (N, A*4, H, W)."""
        return self.conv_reg(self._tower(self.reg_tower, x))

    def _tower(self, tower: nn.Module, x: Tensor) -> Tensor:
        if self.with_cp and self.training:
            return recomputed(tower, x)
        return tower(x)

    def forward_single(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.forward_cls(x), self.forward_reg(x)

    def forward(self, x: tuple[Tensor, ...]) -> tuple[list[Tensor], list[Tensor], dict]:
        """Run both steps.

        Args:
            x: The P maps, one a level, then the C maps: one a level, or only those of
                ``first_levels``, in order; each (N, in_channels, H_l, W_l).

        Returns:
            The second step's logits and deltas, a list of one map a level, and the
            first step's output as :meth:`forward_first` gives it.
        """
        num_levels = self.prior_generator.num_levels
        first = self.forward_first(self._first_maps(x, num_levels))
        if self.training or not self.selective:
            maps = [dense(feat) for feat in x[:num_levels]]
            return *super().forward(maps), first
        dropped = self.dropped(first)
        outs = [
            self._forward_where(feat, dropped[level])
            if level in dropped
            else self.forward_single(dense(feat))
            for level, feat in enumerate(x[:num_levels])
        ]
        return *map(list, zip(*outs, strict=True)), first

    def _forward_where(self, x: Tensor | DeferredMap, drop: Tensor) -> list[Tensor]:
        """The second step of a level, right wherever an anchor of a place is left."""
        x = deferred(x)
        wanted = ~from_anchors(drop[..., None], x.base.shape[-2:]).all(1)  # (N, H, W)
        return run_where(x, (self.forward_cls, self.forward_reg), self._halo(), wanted)

    def _halo(self) -> int:
        """Cells around a place that a branch reads."""
        return sum(getattr(layer, 'halo', 1) for layer in self.cls_tower)

    def _first_maps(self, x: tuple[Tensor, ...], num_levels: int) -> dict[int, Tensor]:
        maps = [dense(feat) for feat in x[num_levels:]]
        if len(maps) == len(self.first_levels) and len(x) >= num_levels:
            return dict(zip(self.first_levels, maps, strict=True))
        if len(maps) != num_levels:
            raise ValueError(
                f'{type(self).__name__} wants a two-step pyramid: {num_levels} P maps '
                f'and {num_levels} C maps, or C maps of levels {self.first_levels} '
                f'alone, got {len(x)} maps. SRNFPN makes one.'
            )
        unread = [i for i in range(num_levels) if i not in self.first_levels]
        if self.training and unread:
            warnings.warn(
                f'{type(self).__name__} never reads the C maps of levels {unread}: '
                'their parameters get no gradient, at which DistributedDataParallel '
                f'stops. Give SRNFPN first_levels={self.first_levels}.',
                stacklevel=2,
            )
        return {level: maps[level] for level in self.first_levels}

    # --- what a refinement adds

    def forward_first(self, feats: dict[int, Tensor]) -> dict[str, dict[int, Tensor]]:
        """First-step prediction: only what is read.

        Args:
            feats: The C map of each of ``first_levels``.

        Returns:
            ``['cls'][level]`` (N, A*K, H, W) logits (STC), ``['reg'][level]``
            (N, A*4, H, W) deltas (STR).
        """
        return {}

    def loss_first(self, first: dict, anchors: list[Tensor], targets: tuple) -> dict:
        """Losses of the first step.

        Args:
            first: As :meth:`forward_first` gives it.
            anchors: The tiled anchors, a level each, (N, H*W*A, 4).
            targets: As AnchorHead's ``get_targets`` gives them, for the first step.
        """
        return {}

    def refine(self, first: dict, anchors: list[list[Tensor]]) -> list[list[Tensor]]:
        """Anchors of the second step; ``anchors[image][level]`` is (H*W*A, 4)."""
        return anchors

    def dropped(self, first: dict) -> dict[int, Tensor]:
        """Which anchors the first step calls background.

        Returns:
            For each level that has any say, bool (N, H*W*A).
        """
        return {}

    def stats(
        self,
        first: dict,
        tiled: list[Tensor],
        refined: list[Tensor],
        targets: tuple,
        easy: dict[int, Tensor],
    ) -> dict[str, Tensor]:
        """Figures to log, never summed into the loss (no key holds 'loss').

        Args:
            first: As :meth:`forward_first` gives it.
            tiled, refined: Anchors before and after the first step, a level each,
                (N, H*W*A, 4).
            targets: The second step's, before easy negatives are taken out.
            easy: The easy negatives of each level that has any, bool (N, H*W*A).
        """
        return {}

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
        if not self.selective:
            return super().loss(x, batch_data_samples)
        gts, ignored, metas = unpack_gt_instances(batch_data_samples)
        num_levels = self.prior_generator.num_levels
        first = self.forward_first(self._first_maps(x, num_levels))
        maps = [dense(feat) for feat in x[:num_levels]]
        sizes = [feat.shape[-2:] for feat in maps]
        losses, second = self._match(first, sizes, maps[0].device, gts, metas, ignored)
        (_, weights, _, box_weights, _), _ = second

        def run(branch, level: int, wanted: Tensor) -> Tensor:
            wanted = from_anchors(wanted[..., None], sizes[level]).any(1)  # (N, H, W)
            return run_where(deferred(maps[level]), (branch,), self._halo(), wanted)[0]

        cls_scores = [run(self.forward_cls, i, w > 0) for i, w in enumerate(weights)]
        bbox_preds = [
            run(self.forward_reg, i, (w > 0).any(-1)) for i, w in enumerate(box_weights)
        ]
        return dict(losses, **self._loss_second(cls_scores, bbox_preds, *second))

    def get_anchors(
        self,
        featmap_sizes: list[tuple[int, int]],
        batch_img_metas: list[dict],
        device: torch.device | str = 'cuda',
    ) -> tuple[list[list[Tensor]], list[list[Tensor]]]:
        tiled = self._tiled(featmap_sizes, device)
        flags = [
            self.prior_generator.valid_flags(featmap_sizes, meta['pad_shape'], device)
            for meta in batch_img_metas
        ]
        return [tiled] * len(batch_img_metas), flags

    def _tiled(self, sizes: list[tuple[int, int]], device) -> list[Tensor]:
        """Anchors of maps of these sizes, a level each; kept until other sizes come."""
        key = [tuple(size) for size in sizes], torch.device(device)
        if self._last_tiled is None or self._last_tiled[0] != key:
            tiled = self.prior_generator.grid_priors(sizes, device=device)
            self._last_tiled = key, tiled
        return self._last_tiled[1]

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
        tiled = _by_level(anchors)
        if self.first_levels:
            with self._first_step_matching():
                targets = self.get_targets(anchors, flags, *gts)
            losses.update(self.loss_first(first, tiled, targets))
            anchors = self.refine(first, anchors)
        refined = _by_level(anchors)

        targets = self.get_targets(anchors, flags, *gts)
        labels, weights, box_targets, box_weights, avg_factor = targets
        # negatives alone: to drop positives too is a known divergence of
        # re-implementations (the authors say so of RefineDet, this step's ancestor)
        easy = {
            level: drop & (labels[level] == self.num_classes) & (weights[level] > 0)
            for level, drop in self.dropped(first).items()
        }
        losses.update(self.stats(first, tiled, refined, targets, easy))
        weights = [
            w.masked_fill(easy[level], 0) if level in easy else w
            for level, w in enumerate(weights)
        ]
        return losses, (
            (labels, weights, box_targets, box_weights, avg_factor),
            refined,
        )

    def _loss_second(
        self,
        cls_scores: list[Tensor],
        bbox_preds: list[Tensor],
        targets: tuple,
        anchors: list[Tensor],
    ) -> dict:
        labels, weights, box_targets, box_weights, avg_factor = targets
        loss_cls, loss_bbox = multi_apply(
            self._loss_by_feat_single,
            [score.float() for score in cls_scores],
            [pred.float() for pred in bbox_preds],
            anchors,
            labels,
            weights,
            box_targets,
            box_weights,
            avg_factor=avg_factor,
        )
        return dict(loss_cls=loss_cls, loss_bbox=loss_bbox)

    def _loss_by_feat_single(self, *args, **kwargs) -> tuple[Tensor, Tensor]:
        # mmdet's focal loss keeps ten times its input for the backward pass on a CPU
        return recomputed(partial(self.loss_by_feat_single, **kwargs), *args)

    def _first_step_matching(self):
        if hasattr(self.assigner, 'first_step'):
            return self.assigner.first_step()
        return nullcontext()

    def predict_by_feat(
        self,
        cls_scores: list[Tensor],
        bbox_preds: list[Tensor],
        first: dict,
        batch_img_metas: list[dict] | None = None,
        cfg: dict | None = None,
        rescale: bool = False,
        with_nms: bool = True,
    ) -> list[InstanceData]:
        """Detections of a batch from the refined anchors that the first step left.

        ``cfg`` is test_cfg; beside AnchorHead's keys it may have
        ``score_thr_min_places``: maps of fewer places (H * W) than this give their
        anchors whatever the score (120 in the authors' release: the smallest maps, whose
        large faces are few, lose none to the threshold). ``nms`` may also be
        ``dict(type='box_voting', iou_threshold=...)``: what NMS would drop moves the box
        that stays.
        """
        cfg = self.test_cfg if cfg is None else cfg
        sizes = [score.shape[-2:] for score in cls_scores]
        # the tiled anchors are float32 also under autocast: half loses whole pixels
        # above 2048
        tiled = self._tiled(sizes, cls_scores[0].device)
        anchors = self.refine(first, [tiled] * len(batch_img_metas))
        dropped = {
            level: from_anchors(drop[..., None], sizes[level])
            for level, drop in self.dropped(first).items()
        }
        min_places = cfg.get('score_thr_min_places')
        if min_places is not None:
            score_thr = cfg.score_thr
            cfg = ConfigDict(cfg, score_thr=0.0)  # here below, on large maps alone
        results = []
        for i, meta in enumerate(batch_img_metas):
            scores = select_single_mlvl(cls_scores, i, detach=True)
            preds = select_single_mlvl(bbox_preds, i, detach=True)
            scores = [
                _drop(score.float(), dropped[level][i])
                if level in dropped
                else score.float()
                for level, score in enumerate(scores)
            ]
            if min_places is not None:
                scores = [
                    score
                    if score[0].numel() < min_places
                    else score.masked_fill(score.sigmoid() <= score_thr, -torch.inf)
                    for score in scores
                ]
            results.append(
                self._predict_by_feat_single(
                    cls_score_list=scores,
                    bbox_pred_list=[pred.float() for pred in preds],
                    score_factor_list=[None] * len(scores),
                    mlvl_priors=anchors[i],
                    img_meta=meta,
                    cfg=cfg,
                    rescale=rescale,
                    with_nms=with_nms,
                )
            )
        return results

    def _bbox_post_process(
        self,
        results: InstanceData,
        cfg: ConfigDict,
        rescale: bool = False,
        with_nms: bool = True,
        img_meta: dict | None = None,
    ) -> InstanceData:
        voting = with_nms and cfg.nms.get('type') == 'box_voting'
        results = super()._bbox_post_process(
            results, cfg, rescale, with_nms and not voting, img_meta
        )
        return _vote(results, cfg) if voting else results


def _vote(results: InstanceData, cfg: ConfigDict) -> InstanceData:
    """The boxes of each class voted, all together the best ``max_per_img`` of them."""
    voted = []
    for label in results.labels.unique():
        mine = results[results.labels == label]
        boxes, scores = box_voting(
            get_box_tensor(mine.bboxes),
            mine.scores,
            cfg.nms.iou_threshold,
            max_num=cfg.max_per_img,
            offset=cfg.nms.get('offset', 0),
        )
        labels = label.expand(len(boxes))
        voted.append(InstanceData(bboxes=boxes, scores=scores, labels=labels))
    if not voted:
        return results
    voted = InstanceData.cat(voted)
    return voted[voted.scores.argsort(descending=True, stable=True)[: cfg.max_per_img]]


def _by_level(anchors: list[list[Tensor]]) -> list[Tensor]:
    """[image][level] (n_l, 4) -> [level] (N, n_l, 4)."""
    sizes = [len(level) for level in anchors[0]]
    return images_to_levels([cat_boxes(image) for image in anchors], sizes)


def _drop(cls_score: Tensor, drop: Tensor) -> Tensor:
    """(A*K, H, W) logits, -inf (a sigmoid score of 0) where (A, H, W) says so."""
    by_anchor = cls_score.unflatten(0, (len(drop), -1))  # (A, K, H, W)
    return by_anchor.masked_fill(drop[:, None], -torch.inf).flatten(0, 1)
