"""SRN's feature pyramid: FPN for the second step, plain laterals for the first."""

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn import ConvModule
from mmdet.models.necks import FPN
from mmdet.registry import MODELS
from torch import Tensor, nn

from ...checked_arguments import whole, wholes
from ..layers import DeferredMap, as_levels, check_norm_cfg, dense


class _DeferrableConv(ConvModule):
    """A convolution that is left to the head."""

    def forward(self, x: Tensor) -> DeferredMap:
        return DeferredMap(x).then(super().forward)


def _lateral(in_channels: int, out_channels: int, norm_cfg: dict | None) -> nn.Module:
    if norm_cfg is None:
        return nn.Conv2d(in_channels, out_channels, 1)
    return ConvModule(in_channels, out_channels, 1, norm_cfg=norm_cfg, act_cfg=None)


_EXTRA = (True, False, 'on_input', 'on_lateral', 'on_output')


def _check(
    in_channels: Any, out_channels: Any, num_outs: Any, downsample: Any, others: dict
) -> None:
    """What FPN answers with an empty AssertionError or not at all."""
    number = len(wholes(in_channels, 'SRNFPN: in_channels'))
    whole(out_channels, 'SRNFPN: out_channels')
    check_norm_cfg(others.get('norm_cfg'), 'SRNFPN')
    if len(downsample) if isinstance(downsample, Sequence) else downsample:
        wholes(downsample, 'SRNFPN: downsample_channels')
    extra = others.get('add_extra_convs')
    if extra not in _EXTRA:
        raise ValueError(f'SRNFPN: add_extra_convs={extra!r}: wants one of {_EXTRA}')
    start = whole(others.get('start_level', 0), 'SRNFPN: start_level', 0, number - 1)
    end = others.get('end_level', -1)
    if end in (-1, number - 1):
        whole(num_outs, 'SRNFPN: num_outs', number - start)
    else:
        whole(end, 'SRNFPN: end_level', start, number - 1)


@MODELS.register_module()
class SRNFPN(FPN):
    """Backbone maps (C2..C5) -> one flat tuple (P2..P7, C2..C7), P first.

    P2..P7 are FPN's and serve the second step. C2..C7 serve the first: C6 and C7 come
    from C5 by 3x3 convolutions of stride 2 without activation, and each C is brought to
    ``out_channels`` by a 1x1 convolution of its own, without the top-down path (SRN
    paper, section 3; the authors' release for the layers). P comes first so that RoI
    heads, which read the first maps of a neck, find what they find behind an FPN.

    Args:
        first_levels: Which of the C maps (by index, 0 is the lowest) the first step
            reads; the others are not built, as a parameter without gradient stops
            DistributedDataParallel. STC alone: (0, 1, 2); STR alone: (3, 4, 5); ``()``
            makes this an FPN. Default: all ``num_outs``.
        downsample_channels: Channels of the maps below the backbone's last one (C6,
            C7). The default is the release's.
        deferred_levels: P maps whose last 3x3 convolution is left to the head
            (DeferredMap): STC's levels, where the head then runs it only around the
            anchors that the first step left, in training those with a weight. In a
            detector where others read the maps too, such as RoI heads, nothing is left
            to the head.
        first_sums: Of ``first_levels``, those where the first step reads what the P
            map's convolution does, the sum of lateral and top-down path, instead of a
            plain C map: it costs nothing more and has seen the higher levels. They must
            be ``deferred_levels``. Not in the paper.
        with_cp: In training, leave the first step's maps to the head, which computes
            them, with an RFE behind this neck, again in the backward pass instead of
            keeping what lies between. For heads of this package alone, without norm_cfg.
        The other arguments are FPN's, with SRN's defaults: P6 = conv(lateral of C5);
        ``norm_cfg`` also normalises the first step's laterals.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        out_channels: int,
        num_outs: int = 6,
        first_levels: Sequence[int] | None = None,
        downsample_channels: Sequence[int] = (1024, 256),
        add_extra_convs: bool | str = 'on_lateral',
        deferred_levels: Sequence[int] = (),
        first_sums: Sequence[int] = (),
        with_cp: bool = False,
        **kwargs,
    ) -> None:
        others = dict(kwargs, add_extra_convs=add_extra_convs)
        _check(in_channels, out_channels, num_outs, downsample_channels, others)
        super().__init__(
            list(in_channels),
            out_channels,
            num_outs,
            add_extra_convs=add_extra_convs,
            **kwargs,
        )
        norm_cfg = kwargs.get('norm_cfg')
        self.deferred_levels = as_levels(deferred_levels, num_outs, 'deferred_levels')
        assert not deferred_levels or (norm_cfg or {}).get('type') != 'GN', (
            f'deferred_levels={tuple(deferred_levels)}: GroupNorm reads whole maps'
        )
        assert not (with_cp and norm_cfg), (
            f'with_cp would update the statistics of norm_cfg={norm_cfg} twice a step'
        )
        self.with_cp = with_cp
        #: False where more than heads of this package read the maps (build_checks.py)
        self.leaves_to_head = True
        assert all(level < len(self.lateral_convs) for level in self.deferred_levels), (
            f'deferred_levels={self.deferred_levels}: only the '
            f'{len(self.lateral_convs)} levels of the backbone can be left to the head'
        )
        for level in self.deferred_levels:
            self.fpn_convs[level] = _DeferrableConv(
                out_channels,
                out_channels,
                3,
                padding=1,
                conv_cfg=kwargs.get('conv_cfg'),
                norm_cfg=norm_cfg,
                act_cfg=kwargs.get('act_cfg'),
                inplace=False,
            )
        if first_levels is None:
            first_levels = range(num_outs)
        self.first_levels = as_levels(first_levels, num_outs, 'first_levels')
        self.first_sums = as_levels(first_sums, num_outs, 'first_sums')
        if not {*self.first_sums} <= {*self.first_levels} & {*self.deferred_levels}:
            raise ValueError(
                f'first_sums={self.first_sums} must be among '
                f'first_levels={self.first_levels} and '
                f'deferred_levels={self.deferred_levels}'
            )
        channels = list(in_channels)[self.start_level : self.backbone_end_level]
        num_extra = max((*self.first_levels, 0)) + 1 - len(channels)
        assert num_extra <= len(downsample_channels), (
            f'first_levels={self.first_levels} wants {num_extra} maps below the '
            f"backbone's last; downsample_channels={tuple(downsample_channels)} makes "
            f'{len(downsample_channels)}'
        )
        extra = list(downsample_channels)[: max(num_extra, 0)]
        self.first_downsamples = nn.ModuleList(
            nn.Conv2d(i, o, 3, stride=2, padding=1)
            for i, o in zip([channels[-1], *extra], extra, strict=False)
        )
        channels += extra
        self.first_laterals = nn.ModuleList(
            _lateral(channels[level], out_channels, norm_cfg)
            for level in self.first_levels
            if level not in self.first_sums
        )

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Backbone maps (N, in_channels[i], H_i, W_i) -> P maps, then C maps.

        Returns:
            ``num_outs`` maps of the second step, then one map for each of
            ``first_levels``, all (N, out_channels, H_l, W_l); the P and C map of a level
            have the same size.
        """
        # a trace would make tensors of the widths
        widths = self.in_channels
        if not torch.jit.is_tracing():
            widths = [feat.shape[1] for feat in inputs]
        if widths != self.in_channels:
            raise ValueError(
                f'SRNFPN(in_channels={self.in_channels}) reads maps of {widths} '
                "channels: in_channels are the backbone's, one for each of its maps"
            )
        second = super().forward(inputs)
        maps = list(inputs[self.start_level : self.backbone_end_level])
        for downsample in self.first_downsamples:
            maps.append(downsample(maps[-1]))
        laterals = iter(self.first_laterals)
        first = (
            second[level].base
            if level in self.first_sums
            else self._first_map(next(laterals), maps[level])
            for level in self.first_levels
        )
        maps = (*second, *first)
        return maps if self.leaves_to_head else tuple(map(dense, maps))

    def _first_map(self, lateral: nn.Module, x: Tensor) -> Tensor | DeferredMap:
        if self.with_cp and self.training:
            return DeferredMap(x, recompute=True).then(lateral)
        return lateral(x)
