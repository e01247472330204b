"""Layers run on the rows of the places that are needed, and on no others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import linear, pad

from .expressed import Convolution, Parallel, Part, Pointwise
from .places import Places

_CHUNK = 2**20  # bytes of what a matrix product reads: as much as stays in a cache


@dataclass(frozen=True)
class Step:
    """A part, where its result is needed, and the steps of its branches if it has any."""

    part: Part
    out: Places
    branches: tuple[tuple['Step', ...], ...] = ()


@dataclass(frozen=True)
class Rows:
    """The numbers (n, C) of places."""

    values: Tensor
    places: Places

    def at(self, places: Places) -> 'Rows':
        """Those of a subset."""
        if places is self.places:
            return self
        index = places.table(((0, 0),), self.places)[:, 0] - 1
        return Rows(self.values.index_select(0, index), places)


def plan(parts: Sequence[Part], out: Places) -> tuple[tuple[Step, ...], Places]:
    """From the result backwards: the parts' steps, and the places of the input."""
    steps: list[Step] = []
    for part in reversed(parts):
        branches, needed = (), out
        if isinstance(part, Convolution):
            needed = out.read_by(part.taps)
        elif isinstance(part, Parallel):
            planned = [plan(branch, out) for branch in part.branches]
            branches = tuple(branch for branch, _ in planned)
            needed = planned[0][1]
            for _, also in planned[1:]:
                needed = needed | also
        steps.append(Step(part, out, branches))
        out = needed
    return tuple(reversed(steps)), out


def from_map(x: Tensor, places: Places) -> Rows:
    """The rows of maps (N, C, H, W)."""
    flat = x.permute(0, 2, 3, 1)
    if flat.is_contiguous():  # channels last
        values = flat.flatten(0, 2).index_select(0, places.in_map)
    else:
        values = x.transpose(0, 1).flatten(1).index_select(1, places.in_map).t()
    return Rows(values.contiguous(), places)


def as_map(rows: Rows, shape: tuple[int, int, int]) -> Tensor:
    """(N, K, H, W), channels last, 0 at the other places."""
    flat = rows.values.new_zeros(math.prod(shape), rows.values.shape[1])
    flat = flat.index_copy(0, rows.places.in_map, rows.values)
    return flat.view(*shape, -1).permute(0, 3, 1, 2)


def run(steps: Sequence[Step], rows: Rows) -> Rows:
    """The steps' result at the places of the last one, or at more."""
    for step in steps:
        part = step.part
        if isinstance(part, Convolution):
            rows = _convolve(part, rows, step.out)
        elif isinstance(part, Pointwise):
            rows = Rows(part.run(rows.values), rows.places)
        else:
            found = [run(branch, rows).at(step.out) for branch in step.branches]
            rows = Rows(part.join([each.values for each in found]), step.out)
    return rows


def _convolve(part: Convolution, rows: Rows, out: Places) -> Rows:
    conv, values = part.module, _as_autocast(rows.values)
    if not out.number and not torch.is_grad_enabled():
        return Rows(values.new_zeros(0, conv.out_channels), out)
    # a view where the weight lies channels last, as the rows do
    weight = conv.weight.permute(0, 2, 3, 1).flatten(1)
    if part.taps == ((0, 0),):
        found = linear(_rounded(values, values, len(values)), weight, conv.bias)
        return Rows(found[: len(values)], rows.places)
    table = out.table(part.taps, rows.places)
    values = pad(values, (0, 0, 1, 0))  # the row of the padding
    size = max(256, _CHUNK // (weight.shape[1] * values.element_size()))
    found = [
        linear(
            values.index_select(0, index.flatten()).view(len(index), weight.shape[1]),
            weight,
            conv.bias,
        )
        for index in _rounded(table, values, len(table) % size).split(size)
    ]
    found = found[0] if len(found) == 1 else torch.cat(found)
    return Rows(found[: out.number], out)


def _rounded(rows: Tensor, values: Tensor, number: int) -> Tensor:
    """In half precision with rows of zeros behind them: at most a quarter more, or 31.

    For it oneDNN compiles a product for each number of rows that is not among the last
    thousand shapes it had, which takes longer than the product.

    Args:
        values: What is multiplied, or gathered for it.
        number: Of the rows of the last product.
    """
    half = values.dtype in (torch.bfloat16, torch.float16)
    more = -number % 2 ** max(number.bit_length() - 3, 5)
    return pad(rows, (0, 0, 0, more)) if half and values.is_cpu and more else rows


def _as_autocast(x: Tensor) -> Tensor:
    device = x.device.type
    if torch.is_autocast_enabled(device):
        return x.to(torch.get_autocast_dtype(device))
    return x
