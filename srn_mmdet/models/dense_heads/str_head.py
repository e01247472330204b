"""Selective two-step regression (SRN paper, section 3.2)."""

from collections.abc import Sequence

import torch
from mmdet.registry import MODELS
from mmdet.structures.bbox import bbox_overlaps
from torch import Tensor

from ..layers import per_anchor
from .two_step_head import TwoStepHead


@MODELS.register_module()
class STRHead(TwoStepHead):
    """The first step moves the anchors of the high levels.

    The second step matches and regresses from the moved anchors, through which no
    gradient flows. They are not clipped to the image (as in the authors' release).

    Args:
        str_levels: Levels with a first-step regression, negative ones from the end:
            the three highest, strides 32, 64 and 128 in the paper.
        The other arguments are :class:`TwoStepHead`'s.
    """

    def __init__(
        self, *args, str_levels: Sequence[int] = (-3, -2, -1), **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self.str_levels = self._read_first(str_levels, 'str_levels')

    def _init_layers(self) -> None:
        super()._init_layers()
        self.first_reg = self._own_first_step(self.bbox_coder.encode_size)

    def forward_first(self, feats: dict[int, Tensor]) -> dict[str, dict[int, Tensor]]:
        branches = (self.first_reg or self.forward_reg,)
        deltas = {i: self._run(feats[i], branches)[0] for i in self.str_levels}
        return dict(super().forward_first(feats), reg=deltas)

    def loss_first(self, first: dict, anchors: list[Tensor], targets: tuple) -> dict:
        _, _, box_targets, box_weights, avg_factor = targets
        losses = super().loss_first(first, anchors, targets)
        losses['loss_str'] = []
        for level, delta in first['reg'].items():
            pred = per_anchor(delta.float(), self.bbox_coder.encode_size).flatten(0, 1)
            if self.reg_decoded_bbox:
                pred = self.bbox_coder.decode(anchors[level].flatten(0, 1), pred)
            losses['loss_str'].append(
                self.loss_bbox(
                    pred,
                    box_targets[level].flatten(0, 1),
                    box_weights[level].flatten(0, 1),
                    avg_factor=avg_factor,
                )
            )
        return losses

    def refine(self, first: dict, anchors: list[list[Tensor]]) -> list[list[Tensor]]:
        refined = [list(image) for image in super().refine(first, anchors)]
        for level, delta in first['reg'].items():
            deltas = per_anchor(delta.detach().float(), self.bbox_coder.encode_size)
            for image, image_deltas in zip(refined, deltas, strict=True):
                image[level] = self.bbox_coder.decode(image[level], image_deltas)
        return refined

    def stats(self, first, tiled, refined, targets, easy) -> dict[str, Tensor]:
        """Mean IoU of the second step's positives with their faces, unmoved and moved.

        Left out where the batch has no positives on the levels of STR.
        """
        stats = dict(super().stats(first, tiled, refined, targets, easy))
        labels, box_targets = targets[0], targets[2]
        before, after, faces = [], [], []
        for level in self.str_levels:
            pos = labels[level] < self.num_classes
            target = box_targets[level][pos]
            if not self.reg_decoded_bbox:
                target = self.bbox_coder.decode(refined[level][pos], target)
            before.append(tiled[level][pos])
            after.append(refined[level][pos])
            faces.append(target)
        faces = torch.cat(faces)
        if len(faces):
            for name, boxes in (('before', before), ('after', after)):
                iou = bbox_overlaps(torch.cat(boxes), faces, is_aligned=True)
                stats[f'str_iou_{name}'] = iou.mean()
        return stats
