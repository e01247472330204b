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


@dataclass(frozen=True)
class DeferredMap:
    """A map, and layers that are still to be run on it.

    Attributes:
        base: (N, C, H, W).
        layers: Callables that keep height and width, to be run in order.
        halo: Cells around a place that the layers together read.
    """

    base: Tensor
    layers: tuple[Callable[[Tensor], Tensor], ...] = ()
    halo: int = 0

    def then(self, layer: Callable[[Tensor], Tensor], halo: int) -> 'DeferredMap':
        """This map with one more layer to run."""
        return replace(self, layers=(*self.layers, layer), halo=self.halo + halo)

    def dense(self) -> Tensor:
        """Run all layers everywhere."""
        return self._run(self.base)

    def _run(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


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
        dense_over: Compute everything where the windows hold more than this share of
            the map's cells: cutting and many small rows cost, too.

    Returns:
        (N, K_i, H, W) of each branch; right where it is wanted, anything elsewhere.
    """
    halo = halo + x.halo
    height, width = wanted.shape[-2:]
    plans = [_plan(wanted, size, halo) for size in tile_sizes]
    tiles, size, cells = min(plans, key=lambda plan: plan[2])
    if cells > dense_over * wanted.numel():
        whole = x.dense()
        return [branch(whole) for branch in branches]
    if not len(tiles):
        one = x._run(x.base[:1, :, :1, :1])  # how many channels there are
        return [
            one.new_zeros(len(wanted), branch(one).shape[1], height, width)
            for branch in branches
        ]
    window = min(size + 2 * halo, height), min(size + 2 * halo, width)
    places = []  # image; the tile's ends in the map; the window's start
    for image, row, column in tiles.tolist():
        top, left = row * size, column * size
        start = (
            max(0, min(top - halo, height - window[0])),
            max(0, min(left - halo, width - window[1])),
        )
        ends = min(top + size, height), min(left + size, width)
        places.append((image, top, left, *ends, start))
    windows = x._run(_cut(x.base, [(i, *start) for i, *_, start in places], window))
    results = []
    for branch in branches:
        found = branch(windows)
        whole = found.new_zeros(len(wanted), found.shape[1], height, width)
        for i, (image, top, left, bottom, right, (y, z)) in enumerate(places):
            whole[image, :, top:bottom, left:right] = found[
                i, :, top - y : bottom - y, left - z : right - z
            ]
        results.append(whole)
    return results


def _plan(wanted: Tensor, size: int, halo: int) -> tuple[Tensor, int, int]:
    """Tiles (n, 3) as image, row, column; their size; cells of all windows."""
    height, width = wanted.shape[-2:]
    grid = max_pool2d(wanted[:, None].float(), size, ceil_mode=True)[:, 0]
    tiles = grid.nonzero()
    window = min(size + 2 * halo, height) * min(size + 2 * halo, width)
    return tiles, size, len(tiles) * window


def _cut(x: Tensor, starts: Sequence[tuple[int, int, int]], size: tuple) -> Tensor:
    """Windows (n, C, *size) that start at (image, row, column)."""
    height, width = size
    windows = [x[i, :, y : y + height, z : z + width] for i, y, z in starts]
    # stacked as they lie: channels last stay so
    return (
        torch.stack([window.permute(1, 2, 0) for window in windows]).permute(0, 3, 1, 2)
        if _channels_last(x)
        else torch.stack(windows)
    )


def _channels_last(x: Tensor) -> bool:
    return not x.is_contiguous() and x.is_contiguous(memory_format=torch.channels_last)
