"""Maps whose last layers are computed only where somebody looks.

In SRN the second step looks at few places of the low levels: where the first step left
anchors. What comes between the pyramid's sums and the second step's predictions is
convolutions without pooling, so a result at one place needs its surroundings up to a
known number of cells, the halo; windows that hold a tile and its halo give the tile's
results exactly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d
from torch.utils.checkpoint import checkpoint


@dataclass(frozen=True)
class DeferredMap:
    """A map, and layers that are still to be run on it.

    Attributes:
        base: (N, C, H, W).
        layers: Callables that keep height and width, to be run in order, each with its
            halo: the cells around a place that it reads.
        recompute: In training, keep nothing of the layers but their result, and run
            them again in the backward pass.
    """

    base: Tensor
    layers: tuple[tuple[Callable[[Tensor], Tensor], int], ...] = ()
    recompute: bool = False

    @property
    def halo(self) -> int:
        """Cells around a place that the layers together read."""
        return sum(halo for _, halo in self.layers)

    def then(self, layer: Callable[[Tensor], Tensor], halo: int) -> 'DeferredMap':
        """This map with one more layer to run."""
        return replace(self, layers=(*self.layers, (layer, halo)))

    def dense(self) -> Tensor:
        """Run all layers everywhere."""
        if self.recompute:
            return recomputed(self._run, self.base)
        return self._run(self.base)

    def _run(self, x: Tensor) -> Tensor:
        for layer, _ in self.layers:
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
    the one of the whole map. Elsewhere padding spoils only the layer's halo, which is cut
    off before the next layer runs.

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
    shape = tuple(wanted.shape[-2:])
    # what is around the tiles when each layer runs, the branches last
    reach = [halo + x.halo]
    for _, cells in x.layers:
        reach.append(reach[-1] - cells)
    plans = [_plan(wanted, size, reach, dense_over) for size in tile_sizes]
    grid, size, whole = min(plans, key=lambda plan: plan[-1])[:3]
    if all(whole):
        found = x.dense()
        return [branch(found) for branch in branches]
    everywhere = [i for i, is_whole in enumerate(whole) if is_whole]
    tiles = [
        (image, row * size, column * size)
        for image, row, column in grid.nonzero().tolist()
        if not whole[image]
    ]
    parts, starts = [], []
    if everywhere:
        parts.append(replace(x, base=x.base[everywhere]).dense())
    if tiles:
        windows, starts = _run_windows(x, tiles, size, reach)
        parts.append(windows)
    if not parts:  # a cell, for the number of channels
        parts.append(x._run(x.base[:1, :, :1, :1]))
    results = []
    for branch in branches:
        found = [branch(part) for part in parts]
        result = found[0].new_zeros(len(wanted), found[0].shape[1], *shape)
        if not everywhere and not tiles and found[0].requires_grad:
            # DistributedDataParallel stops at parameters that took no part
            result = result + 0 * found[0].sum()
        if everywhere:
            result[everywhere] = found[0]
        for window, (image, top, left), (y, z) in zip(
            found[-1], tiles, starts, strict=False
        ):
            bottom, right = min(top + size, shape[0]), min(left + size, shape[1])
            result[image, :, top:bottom, left:right] = window[
                :, top - y : bottom - y, left - z : right - z
            ]
        results.append(result)
    return results


def _run_windows(
    x: DeferredMap, tiles: list[tuple[int, int, int]], size: int, reach: Sequence[int]
) -> tuple[Tensor, list[tuple[int, int]]]:
    """The finished map in windows around tiles (image, top, left).

    Returns:
        (n, C, h, w), and where in the map each begins.
    """
    shape = x.base.shape[-2:]
    starts = _starts(tiles, size, reach[0], shape)
    images = [(image, *start) for (image, *_), start in zip(tiles, starts, strict=True)]
    part = _cut(x.base, images, _extent(size, reach[0], shape))
    for (layer, cells), left in zip(x.layers, reach[1:], strict=True):
        part = layer(part)
        if not cells:
            continue
        inner = _starts(tiles, size, left, shape)
        offsets = [
            (i, to[0] - start[0], to[1] - start[1])
            for i, (start, to) in enumerate(zip(starts, inner, strict=True))
        ]
        part, starts = _cut(part, offsets, _extent(size, left, shape)), inner
    return part, starts


def _extent(size: int, halo: int, shape: Sequence[int]) -> tuple[int, int]:
    """Height and width of a window: a tile and what is around it, within the map."""
    return min(size + 2 * halo, shape[0]), min(size + 2 * halo, shape[1])


def _starts(
    tiles: list[tuple[int, int, int]], size: int, halo: int, shape: Sequence[int]
) -> list[tuple[int, int]]:
    """Where the windows around tiles (image, top, left) begin, all within the map."""
    height, width = _extent(size, halo, shape)
    return [
        (
            max(0, min(top - halo, shape[0] - height)),
            max(0, min(left - halo, shape[1] - width)),
        )
        for _, top, left in tiles
    ]


def _plan(
    wanted: Tensor, size: int, reach: Sequence[int], dense_over: float
) -> tuple[Tensor, int, list[bool], float]:
    """Which tiles of this size (N, rows, columns); the size; which images whole; cost."""
    height, width = wanted.shape[-2:]
    grid = max_pool2d(wanted[:, None].float(), size, ceil_mode=True)[:, 0]
    areas = [prod(_extent(size, halo, (height, width))) for halo in reach]
    window = sum(areas) / len(areas)
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
