"""Sets of a map's places, what a kernel reads around them, and where rows of them are."""

from functools import cached_property

import torch
from torch import Tensor
from torch.nn.functional import pad

Taps = tuple[tuple[int, int], ...]


class Grid:
    """The places of a batch's maps, counted row by row with a margin around each map.

    The margin is as wide as the widest kernel reaches, so that what a kernel reads of a
    place is always a number further on, and padding is a place that is in no set.

    Args:
        shape: (N, H, W).
    """

    def __init__(self, shape: tuple[int, int, int], margin: int, device) -> None:
        self.number, self.height, self.map_width = shape
        self.margin, self.width = margin, self.map_width + 2 * margin
        self.inside = self._with_margin(torch.ones(shape, dtype=bool, device=device))

    def places(self, wanted: Tensor) -> 'Places':
        """Of maps (N, H, W) bool."""
        return Places(self, self._with_margin(wanted))

    def _with_margin(self, maps: Tensor) -> Tensor:
        return pad(maps, (self.margin,) * 4).flatten()


class Places:
    """A set of places. What is asked of it twice is made once.

    Attributes:
        mask: bool, one a place of the grid.
    """

    def __init__(self, grid: Grid, mask: Tensor) -> None:
        self.grid, self.mask = grid, mask
        self._read: dict[Taps, Places] = {}
        self._tables: dict[tuple[Taps, Places], Tensor] = {}

    @cached_property
    def number(self) -> int:
        return int(self.mask.count_nonzero())

    @cached_property
    def numbers(self) -> list[int]:
        """Of each map of the batch."""
        return self.mask.view(self.grid.number, -1).count_nonzero(1).tolist()

    @cached_property
    def positions(self) -> Tensor:
        """(n,) numbers in the grid, ascending."""
        return self.mask.nonzero()[:, 0]

    @cached_property
    def in_map(self) -> Tensor:
        """(n,) numbers in the maps (N, H, W) without their margins."""
        grid = self.grid
        rows = self.positions.div(grid.width, rounding_mode='floor')
        columns = self.positions - rows * grid.width - grid.margin
        images = rows.div(grid.height + 2 * grid.margin, rounding_mode='floor')
        rows = rows - (2 * images + 1) * grid.margin
        return rows * grid.map_width + columns

    @cached_property
    def _rows(self) -> Tensor:
        """For each place of the grid its row from 1 on, 0 where it is not in the set."""
        rows = self.mask.new_zeros(len(self.mask), dtype=torch.int32)
        numbers = torch.arange(
            1, self.number + 1, dtype=torch.int32, device=rows.device
        )
        rows[self.positions] = numbers
        return rows

    def read_by(self, taps: Taps) -> 'Places':
        """The places of the map that a kernel reads for these."""
        if taps == ((0, 0),):
            return self
        if taps not in self._read:
            read, size = torch.zeros_like(self.mask), len(self.mask)
            for y, x in taps:
                step = y * self.grid.width + x
                read[max(step, 0) : size + min(step, 0)] |= self.mask[
                    max(-step, 0) : size - max(step, 0)
                ]
            read &= self.grid.inside
            self._read[taps] = Places(self.grid, read)
        return self._read[taps]

    def __or__(self, other: 'Places') -> 'Places':
        return self if other is self else Places(self.grid, self.mask | other.mask)

    def table(self, taps: Taps, source: 'Places') -> Tensor:
        """(n, len(taps)): rows of the source, from 1 on; 0 for padding."""
        key = taps, source
        if key not in self._tables:
            steps = [y * self.grid.width + x for y, x in taps]
            steps = torch.tensor(steps, device=self.mask.device)
            self._tables[key] = source._rows[self.positions[:, None] + steps]
        return self._tables[key]
