"""Maps whose last layers are computed only where somebody looks.

In SRN the second step looks at few places of the low levels: where the first step left
anchors. What comes between the pyramid's sums and the second step's predictions is
convolutions without pooling, so a result at one place needs its surroundings up to a
known number of cells, the halo; windows that hold a tile and its halo give the tile's
results exactly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d
from torch.utils.checkpoint import checkpoint


@dataclass(frozen=True)
class DeferredMap:
    """A map, and layers that are still to be run on it.

    Attributes:
        base: (N, C, H, W).
        layers: Callables that keep height and width, to be run in order.
        halo: Cells around a place that the layers together read.
        recompute: In training, keep nothing of the layers but their result, and run
            them again in the backward pass.
    """

    base: Tensor
    layers: tuple[Callable[[Tensor], Tensor], ...] = ()
    halo: int = 0
    recompute: bool = False

    def then(self, layer: Callable[[Tensor], Tensor], halo: int) -> 'DeferredMap':
        """This map with one more layer to run."""
        return replace(self, layers=(*self.layers, layer), halo=self.halo + halo)

    def dense(self) -> Tensor:
        """Run all layers everywhere."""
        if self.recompute:
            return recomputed(self._run, self.base)
        return self._run(self.base)

    def _run(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


def recomputed(run: Callable, *args):
    """``run(*args)``; what lies between is not kept but run again for the gradients.

    The same numbers at less memory. Not for layers that change as they run (the
    statistics of a batch norm) or that draw random numbers.
    """
    if not torch.is_grad_enabled():
        return run(*args)
    return checkpoint(run, *args, use_reentrant=False, preserve_rng_state=False)


def deferred(x: 'Tensor | DeferredMap') -> DeferredMap:
    return x if isinstance(x, DeferredMap) else DeferredMap(x)


def dense(x: 'Tensor | DeferredMap') -> Tensor:
    return x.dense() if isinstance(x, DeferredMap) else x


def run_where(
    x: DeferredMap,
    branches: Sequence[Callable[[Tensor], Tensor]],
    halo: int,
    wanted: Tensor,
    tile_sizes: Sequence[int] = (16, 32),
    dense_over: float = 0.75,
) -> list[Tensor]:
    """Run the rest of a map and some branches on it, where they are wanted.

    Windows of one size are cut out, so that one call runs them all. At the map's border
    a window is moved inwards: its edge then is the map's, where every layer's padding is
    the one of the whole map. Elsewhere padding spoils only the halo.

    Args:
        x: The map.
        branches: Callables from the finished map to (N, K_i, H, W).
        halo: Cells around a place that each branch reads at the most.
        wanted: (N, H, W) bool.
        tile_sizes: Sides of tiles to choose from, by what is computed in all.
        dense_over: Compute all of an image's map where its windows hold more than this
            share of the map's cells: cutting and many small rows cost, too.

    Returns:
        (N, K_i, H, W) of each branch; right where it is wanted, anything elsewhere.
    """
    halo = halo + x.halo
    height, width = wanted.shape[-2:]
    plans = [_plan(wanted, size, halo, dense_over) for size in tile_sizes]
    grid, size, whole = min(plans, key=lambda plan: plan[-1])[:3]
    if all(whole):
        found = x.dense()
        return [branch(found) for branch in branches]
    everywhere = [i for i, is_whole in enumerate(whole) if is_whole]
    window = min(size + 2 * halo, height), min(size + 2 * halo, width)
    places = []  # image; the tile's ends in the map; the window's start
    for image, row, column in grid.nonzero().tolist():
        if whole[image]:
            continue
        top, left = row * size, column * size
        start = (
            max(0, min(top - halo, height - window[0])),
            max(0, min(left - halo, width - window[1])),
        )
        ends = min(top + size, height), min(left + size, width)
        places.append((image, top, left, *ends, start))
    parts = []
    if everywhere:
        parts.append(replace(x, base=x.base[everywhere]).dense())
    if places:
        starts = [(i, *start) for i, *_, start in places]
        parts.append(replace(x, base=_cut(x.base, starts, window)).dense())
    if not parts:  # a cell, for the number of channels
        parts.append(x._run(x.base[:1, :, :1, :1]))
    results = []
    for branch in branches:
        found = [branch(part) for part in parts]
        result = found[0].new_zeros(len(wanted), found[0].shape[1], height, width)
        if not everywhere and not places and found[0].requires_grad:
            # DistributedDataParallel stops at parameters that took no part
            result = result + 0 * found[0].sum()
        if everywhere:
            result[everywhere] = found[0]
        for i, (image, top, left, bottom, right, (y, z)) in enumerate(places):
            result[image, :, top:bottom, left:right] = found[-1][
                i, :, top - y : bottom - y, left - z : right - z
            ]
        results.append(result)
    return results


def _plan(
    wanted: Tensor, size: int, halo: int, dense_over: float
) -> tuple[Tensor, int, list[bool], float]:
    """Which tiles of this size (N, rows, columns); the size; which images whole; cost."""
    height, width = wanted.shape[-2:]
    grid = max_pool2d(wanted[:, None].float(), size, ceil_mode=True)[:, 0]
    window = min(size + 2 * halo, height) * min(size + 2 * halo, width)
    cells = [count * window for count in grid.sum((1, 2)).tolist()]
    whole = [count > dense_over * height * width for count in cells]
    cost = sum(
        height * width if is_whole else count
        for count, is_whole in zip(cells, whole, strict=True)
    )
    return grid, size, whole, cost


def _cut(x: Tensor, starts: Sequence[tuple[int, int, int]], size: tuple) -> Tensor:
    """Windows (n, C, *size) that start at (image, row, column)."""
    return _Cut.apply(x, starts, size)


class _Cut(torch.autograd.Function):
    """Slices, stacked; for gradients, as those of slices each hold a whole map."""

    @staticmethod
    def forward(ctx, x: Tensor, starts, size) -> Tensor:
        ctx.shape, ctx.starts, ctx.size = x.shape, starts, size
        ctx.format = torch.contiguous_format
        height, width = size
        windows = [x[i, :, y : y + height, z : z + width] for i, y, z in starts]
        if not _channels_last(x):
            return torch.stack(windows)
        # stacked as they lie: channels last stay so
        ctx.format = torch.channels_last
        return torch.stack([w.permute(1, 2, 0) for w in windows]).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None]:
        height, width = ctx.size
        whole = torch.zeros(ctx.shape, dtype=grad.dtype, device=grad.device).contiguous(
            memory_format=ctx.format
        )
        for (i, y, z), window in zip(ctx.starts, grad, strict=True):
            whole[i, :, y : y + height, z : z + width] += window
        return whole, None, None


def _channels_last(x: Tensor) -> bool:
    return not x.is_contiguous() and x.is_contiguous(memory_format=torch.channels_last)
