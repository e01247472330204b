"""What rows and whole maps cost, by count of operations.

The unit is a multiplication of a convolution on a whole map. The weights are rounded from
times of one thread, 64 and 256 channels, float32; benchmarks/rows_or_map.py says how well
they choose (docs/performance.md).
"""

from collections.abc import Sequence

from .expressed import Convolution, Parallel, Part
from .rows import Step

_PRODUCT = 1.5  # a multiplication of a matrix product on gathered rows
_MOVE = 30  # a number gathered or put back
_CALL = 2e6  # a part run on rows: tables, calls


def cheapest(on_map: list[float], on_rows: list[float]) -> int:
    """How many of the first stages to run on the whole map."""
    numbers = range(len(on_map) + 1)
    return min(numbers, key=lambda n: sum(on_map[:n]) + sum(on_rows[n:]))


def on_map(parts: Sequence[Part], places: int) -> float:
    """Of all the places of a map."""
    total = 0.0
    for part in parts:
        if isinstance(part, Convolution):
            total += places * _multiplications(part)
        elif isinstance(part, Parallel):
            total += sum(on_map(branch, places) for branch in part.branches)
    return total


def on_rows(steps: Sequence[Step], image: int) -> float:
    """Of the places of one image that are needed."""
    total = 0.0
    for step in steps:
        if isinstance(step.part, Convolution):
            reads = step.part.module.in_channels * len(step.part.taps)
            total += _CALL + step.out.numbers[image] * (
                _PRODUCT * _multiplications(step.part) + _MOVE * reads
            )
        total += sum(on_rows(branch, image) for branch in step.branches)
    return total


def _multiplications(part: Convolution) -> int:
    conv = part.module
    return conv.in_channels * conv.out_channels * len(part.taps)
