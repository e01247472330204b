"""A map's last layers and the branches on it, run where somebody looks.

For each image what costs least: rows for all layers, the first layers on the whole map
and rows for the others, or all of the map.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ..deferred_map import DeferredMap
from . import cost
from .expressed import Convolution, Layer, Parallel, Part, parts_of
from .places import Grid, Places
from .rows import Rows, Step, from_map, plan, run

# from the costs of some stages on the whole map, and on rows: how many of the first ones
# are to be run on the map
Choice = Callable[[list[float], list[float]], int]


def run_where(
    x: DeferredMap,
    branches: Sequence[Layer],
    wanted: Tensor,
    choose: Choice = cost.cheapest,
) -> list[Tensor]:
    """Run the rest of a map and some branches on it, where they are wanted.

    Args:
        x: The map.
        branches: From the finished map to (N, K_i, H, W). Where one is not known part by
            part (:func:`made_of`), all is run on the whole map; where a layer of the map
            is not, it and those before it are.
        wanted: (N, H, W) bool.
        choose: What is run on the whole map.

    Returns:
        (N, K_i, H, W) of each branch; right where it is wanted, anything elsewhere.
    """
    side_by_side = parts_of(Parallel(tuple((branch,) for branch in branches), tuple))
    if side_by_side is None:
        return _on_map(x, branches)
    layers = [parts_of(layer) for layer in x.layers]
    known = len(layers)  # from this one on
    while known and layers[known - 1] is not None:
        known -= 1
    stages = [*layers[known:], side_by_side]
    plans = [_plan(stages, mask, choose) for mask in wanted]
    if all(steps is None for _, steps, _ in plans):
        return _on_map(x, branches)
    found = []
    for i, (number, steps, places) in enumerate(plans):
        image = replace(x, base=x.base[i : i + 1])
        if steps is None:
            found.append(_on_map(image, branches))
            continue
        base = replace(image, layers=x.layers[: known + number]).dense()
        rows = run(steps[:-1], from_map(base[0], places))
        last = steps[-1]
        found.append(
            [_as_map(run(each, rows), last.out, wanted[i]) for each in last.branches]
        )
    return [
        torch.cat(each) if len(each) > 1 else each[0]
        for each in zip(*found, strict=True)
    ]


def _on_map(x: DeferredMap, branches: Sequence[Layer]) -> list[Tensor]:
    found = x.dense()
    return [branch(found) for branch in branches]


def _plan(
    stages: Sequence[tuple[Part, ...]], wanted: Tensor, choose: Choice
) -> tuple[int, list[Step] | None, Places | None]:
    """How many stages to run on the map, the others' steps, the places they start from.

    No steps where all is run on the map.
    """
    height, width = wanted.shape
    margin = max((_reach(part) for stage in stages for part in stage), default=0)
    out = Grid(height, width, margin, wanted.device).places(wanted)
    plans = []
    for stage in reversed(stages):
        steps, out = plan(stage, out)
        plans.insert(0, (steps, out))
    number = choose(
        [cost.on_map(stage, height * width) for stage in stages],
        [cost.on_rows(steps) for steps, _ in plans],
    )
    if number == len(stages):
        return number, None, None
    steps = [step for steps, _ in plans[number:] for step in steps]
    return number, steps, plans[number][1]


def _reach(part: Part) -> int:
    """How far from a place it reads."""
    if isinstance(part, Convolution):
        return max(abs(step) for tap in part.taps for step in tap)
    if isinstance(part, Parallel):
        inner = [each for branch in part.branches for each in branch]
        return max(map(_reach, inner), default=0)
    return 0


def _as_map(rows: Rows, places: Places, wanted: Tensor) -> Tensor:
    """(1, K, H, W), 0 where nothing is wanted."""
    values = rows.at(places).values
    flat = values.new_zeros(wanted.numel(), values.shape[1])
    flat = flat.index_copy(0, places.in_map, values)
    return flat.view(1, *wanted.shape, -1).permute(0, 3, 1, 2)
