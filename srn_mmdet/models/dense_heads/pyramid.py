"""The maps that a two-step head is given."""

import warnings
from collections.abc import Sequence

from torch import Tensor, nn

from ..layers import DeferredMap, dense


def split_pyramid(
    x: Sequence[Tensor | DeferredMap],
    num_levels: int,
    first_levels: Sequence[int],
    head: nn.Module,
) -> tuple[Sequence[Tensor | DeferredMap], dict[int, Tensor]]:
    """The second step's maps, a level each, and those levels that the first step reads.

    Args:
        x: The P maps, then the C maps of all levels or of ``first_levels`` alone.
        num_levels: Levels of the pyramid.
        first_levels: What the first step reads.
        head: Who reads them, for what is said where they do not fit.
    """
    name = type(head).__name__
    maps = [dense(feat) for feat in x[num_levels:]]
    if len(maps) == len(first_levels) and len(x) >= num_levels:
        return x[:num_levels], dict(zip(first_levels, maps, strict=True))
    if len(maps) != num_levels:
        raise ValueError(
            f'{name} wants a two-step pyramid: {num_levels} P maps '
            f'and {num_levels} C maps, or C maps of levels {first_levels} '
            f'alone, got {len(x)} maps. SRNFPN makes one.'
        )
    unread = [i for i in range(num_levels) if i not in first_levels]
    if head.training and unread:
        warnings.warn(
            f'{name} never reads the C maps of levels {unread}: '
            'their parameters get no gradient, at which DistributedDataParallel '
            f'stops. Give SRNFPN first_levels={first_levels}.',
            stacklevel=2,
        )
    return x[:num_levels], {level: maps[level] for level in first_levels}
