"""Receptive field enhancement as a neck (SRN paper, section 3.3)."""

from mmdet.registry import MODELS
from torch import Tensor

from ...checked_arguments import whole
from ..layers import DeferredMap, RFEBlock


@MODELS.register_module()
class RFE(RFEBlock):
    """One RFEBlock, applied with the same weights to every map of a pyramid.

    The maps of both steps pass through it, so its weights are shared by all levels and
    both steps, as the weights of the head's towers are. Put it after any neck with maps
    of one width: ``neck=[dict(type='FPN', ...), dict(type='RFE', channels=256)]``.

    Args:
        num_maps: Only the first so many maps pass through it; the others stay as they
            are. The P maps come first, so that their number leaves the first step's
            maps plain. None: all.
        The other arguments are :class:`RFEBlock`'s.
    """

    def __init__(self, *args, num_maps: int | None = None, **kwargs) -> None:
        if 'in_channels' in kwargs:  # of an inherited FPN
            raise TypeError(
                "RFE comes behind a neck: neck=[dict(type='FPN', ...), dict(type='RFE', "
                'channels=256)], a list; as neck=dict(...) it would take the place of '
                'the inherited one'
            )
        super().__init__(*args, **kwargs)
        self.num_maps = None if num_maps is None else whole(num_maps, 'RFE: num_maps')

    def forward(self, x: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Maps (N, channels, H_i, W_i) -> as many maps of the same shapes.

        Maps that SRNFPN deferred stay deferred.
        """
        run = super().forward
        num_maps = len(x) if self.num_maps is None else self.num_maps
        enhanced = tuple(
            feat.then(self._forward if feat.recompute else run)
            if isinstance(feat, DeferredMap)
            else run(feat)
            for feat in x[:num_maps]
        )
        return (*enhanced, *x[num_maps:])
