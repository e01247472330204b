"""Receptive field enhancement (SRN paper, section 3.3): one block."""

from typing import Any

import torch
from mmcv.cnn import ConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checked_arguments import whole, wholes
from .norm_cfg import check_norm_cfg
from .recompute import recomputed
from .selective import Parallel, made_of

_XAVIER = dict(type='Xavier', layer='Conv2d', distribution='uniform')


class RFEBlock(BaseModule):
    """Four branches with receptive fields of different shapes, fused, added to the input.

    Each branch is 1x1, then its own kernel, then 1x1, on a share of the channels, each
    convolution followed by ReLU; the branches are concatenated, fused by a 1x1
    convolution and ReLU, and added to the input (no ReLU after the sum, as in the
    authors' release). Wide and tall kernels suit faces that are turned or partly hidden,
    whose visible part is not square.

    Args:
        channels: Channels of the input and the output; a multiple of the number of
            kernels.
        kernels: (height, width) of each branch's kernel, odd.
        norm_cfg: Normalisation after each convolution; none in the paper.
        with_cp: In training, compute the block again in the backward pass instead of
            keeping its maps, which hold five times its input. Not with norm_cfg.
        init_cfg: Xavier by default, as for all new convolutions of the paper.
    """

    def __init__(
        self,
        channels: int,
        kernels: tuple[tuple[int, int], ...] = ((1, 5), (5, 1), (1, 3), (3, 1)),
        norm_cfg: dict | None = None,
        with_cp: bool = False,
        init_cfg: dict | None = _XAVIER,
    ) -> None:
        super().__init__(init_cfg)
        name = type(self).__name__
        whole(channels, f'{name}: channels')
        _check_kernels(kernels, name)
        check_norm_cfg(norm_cfg, name)
        assert channels % len(kernels) == 0, (
            f'RFEBlock shares its channels among {len(kernels)} branches: '
            f'channels={channels} is no multiple of that'
        )
        assert not (with_cp and norm_cfg), (
            f'with_cp would update the statistics of norm_cfg={norm_cfg} twice a step'
        )
        self.channels = channels
        self.with_cp = with_cp
        mid = channels // len(kernels)
        self.branches = nn.ModuleList(
            nn.Sequential(
                ConvModule(channels, mid, 1, norm_cfg=norm_cfg),
                ConvModule(
                    mid, mid, (h, w), padding=(h // 2, w // 2), norm_cfg=norm_cfg
                ),
                ConvModule(mid, mid, 1, norm_cfg=norm_cfg),
            )
            for h, w in kernels
        )
        # in a Sequential like the branches: a ConvModule that is a direct child would
        # initialise itself anew, by Kaiming, after init_cfg
        self.fuse = nn.Sequential(ConvModule(channels, channels, 1, norm_cfg=norm_cfg))

    def _parts(self) -> tuple[Parallel]:
        branches = Parallel(tuple((branch,) for branch in self.branches), _concatenated)
        return (Parallel(((), (branches, self.fuse)), _added),)

    @made_of(_parts)
    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same shape."""
        if self.with_cp and self.training:
            return recomputed(self._forward, x)
        return self._forward(x)

    @made_of(_parts)
    def _forward(self, x: Tensor) -> Tensor:
        return x + self.fuse(torch.cat([branch(x) for branch in self.branches], 1))


def _check_kernels(kernels: Any, name: str) -> None:
    try:
        known = all(
            len(wholes(kernel, '')) == 2 and all(size % 2 for size in kernel)
            for kernel in kernels
        )
    except (TypeError, ValueError):
        known = False
    if not known or not kernels:
        raise ValueError(
            f'{name}: kernels={kernels}: wants (height, width) of each branch, odd '
            'kernels, as only they keep the size of a map'
        )


def _concatenated(branches: list[Tensor]) -> Tensor:
    return torch.cat(branches, 1)


def _added(both: list[Tensor]) -> Tensor:
    return both[0] + both[1]
