"""The anchors of the authors' release."""

import torch
from mmdet.models.task_modules.prior_generators import AnchorGenerator
from mmdet.registry import TASK_UTILS
from torch import Tensor


@TASK_UTILS.register_module()
class SRNAnchorGenerator(AnchorGenerator):
    """Anchors with rounded base sizes, as the authors' weights were trained on.

    A level's base anchor has the area of ``base_size``^2, its width and then its height
    rounded to whole pixels, and is scaled afterwards, as in the first Faster R-CNN code
    (mmdet's AnchorGenerator does not round, its LegacyAnchorGenerator rounds after
    scaling). Its centre is (base_size - 1) / 2, and its corners lie on pixel centres: an
    anchor 8 px wide has x2 - x1 = 7. For stride 4, scale 2 and ratio 1.25 that is
    (-2, -3, 5, 6): 8x10 px. Source: the authors' release, `anchor_helper.py`.

    Arguments are AnchorGenerator's, without ``centers`` and ``center_offset``.
    """

    def gen_single_level_base_anchors(
        self, base_size: float, scales: Tensor, ratios: Tensor, center=None
    ) -> Tensor:
        """Base anchors of one level, (ratios * scales, 4), ratio before scale."""
        widths = (base_size**2 / ratios.double()).sqrt().round()
        heights = (widths * ratios).round()
        half = torch.stack([widths, heights], 1)[:, None] * scales.double()[:, None]
        half = (half.flatten(0, 1) - 1) / 2  # (ratios * scales, 2)
        centre = (base_size - 1) / 2
        return torch.cat([centre - half, centre + half], 1).float()
