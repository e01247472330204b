"""A map's last layers and the branches on it, run where somebody looks.

For each image what costs least: rows for all layers, the first layers on the whole map
and rows for the others, or all of the map.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import chain
from operator import itemgetter, or_

import torch
from torch import Tensor

from ..deferred_map import DeferredMap
from . import cost
from .expressed import Convolution, Layer, Parallel, Part, parts_of
from .places import Grid
from .rows import Step, as_map, from_map, plan, run

# from the costs of some stages on the whole map, and on rows: how many of the first ones
# are to be run on the map
Choice = Callable[[list[float], list[float]], int]


def run_where(
    x: DeferredMap,
    branches: Sequence[Layer],
    wanted: Tensor | Sequence[Tensor],
    choose: Choice = cost.cheapest,
) -> list[Tensor]:
    """Run the rest of a map and some branches on it, where they are wanted.

    Args:
        x: The map.
        branches: From the finished map to (N, K_i, H, W). Where one is not known part by
            part (:func:`made_of`), all is run on the whole map; where a layer of the map
            is not, it and those before it are.
        wanted: (N, H, W) bool, of all branches or one of each.
        choose: What is run on the whole map.

    Returns:
        (N, K_i, H, W) of each branch; right where it is wanted, anything elsewhere.
    """
    masks = [wanted] * len(branches) if torch.is_tensor(wanted) else list(wanted)
    parts = [parts_of(branch) for branch in branches]
    if None in parts:
        found = x.dense()
        return [branch(found) for branch in branches]
    layers = [parts_of(layer) for layer in x.layers]
    known = len(layers)  # from this one on
    while known and layers[known - 1] is not None:
        known -= 1
    # a batch norm in training is not known, and wants all images of the batch
    base = replace(x, layers=x.layers[:known]).dense() if known else x.base
    x = replace(x, base=base, layers=x.layers[known:])
    images: dict[int, list[int]] = {}  # those with as many stages on the map
    whole = _Plan(layers[known:], parts, masks)
    for i in range(len(x.base)):
        images.setdefault(whole.stages_on_map(i, choose), []).append(i)
    found = []
    for number, those in images.items():
        chosen, some = whole, x
        if len(images) > 1:
            # chosen channels last, as then the gradient is so too
            some = replace(x, base=base.permute(0, 2, 3, 1)[those].permute(0, 3, 1, 2))
            chosen = _Plan(layers[known:], parts, _each(masks, itemgetter(those)))
        finished = replace(some, layers=x.layers[:number]).dense()
        found.append(chosen.run(finished, number, branches, choose))
    if len(found) == 1:
        return found[0]
    order = torch.tensor([*chain(*images.values())], device=x.base.device).argsort()
    return [torch.cat(each)[order] for each in zip(*found, strict=True)]


class _Plan:
    """What is needed where.

    Args:
        stages: The map's layers that are known, by their parts.
        branches: Those of the branches.
        masks: (N, H, W) of each branch; the same object where it is the same.
    """

    def __init__(
        self,
        stages: Sequence[tuple[Part, ...]],
        branches: Sequence[tuple[Part, ...]],
        masks: Sequence[Tensor],
    ) -> None:
        self.shape = masks[0].shape
        margin = max(
            (_reach(part) for each in (*stages, *branches) for part in each), default=0
        )
        grid = Grid(self.shape, margin, masks[0].device)
        self.outs = _each(masks, grid.places)
        self.branches = [plan(*each) for each in zip(branches, self.outs, strict=True)]
        self.starts = [reduce(or_, (needed for _, needed in self.branches))]
        self.stages: list[tuple[Step, ...]] = []
        for stage in reversed(stages):
            steps, needed = plan(stage, self.starts[0])
            self.stages.insert(0, steps)
            self.starts.insert(0, needed)
        places = self.shape[1] * self.shape[2]
        self.on_map = [cost.on_map(stage, places) for stage in stages]
        self.branches_on_map = [cost.on_map(branch, places) for branch in branches]

    def stages_on_map(self, image: int, choose: Choice) -> int:
        """How many to run on the map, where the branches together are the last one."""
        branches = [cost.on_rows(steps, image) for steps, _ in self.branches]
        # behind a whole map each branch is run as is best for it
        best = sum(map(min, branches, self.branches_on_map))
        return choose(
            [*self.on_map, best],
            [*(cost.on_rows(steps, image) for steps in self.stages), sum(branches)],
        )

    def run(
        self, base: Tensor, number: int, branches: Sequence[Layer], choose: Choice
    ) -> list[Tensor]:
        """From a map with so many of the stages behind it."""
        shared = None
        if number <= len(self.stages):
            steps = [step for stage in self.stages[number:] for step in stage]
            shared = run(steps, from_map(base, self.starts[number]))
        found = []
        images = range(self.shape[0])
        for branch, (steps, needed), out, on_map in zip(
            branches, self.branches, self.outs, self.branches_on_map, strict=True
        ):
            on_rows = sum(cost.on_rows(steps, image) for image in images)
            if shared is None and choose([on_map * len(images)], [on_rows]):
                found.append(branch(base))
            else:
                rows = from_map(base, needed) if shared is None else shared
                found.append(as_map(run(steps, rows).at(out), self.shape))
        return found


def _each(masks: Sequence[Tensor], make: Callable) -> list:
    """What is made of each; the same for the same one."""
    made = {id(mask): make(mask) for mask in masks}
    return [made[id(mask)] for mask in masks]


def _reach(part: Part) -> int:
    """How far from a place it reads."""
    if isinstance(part, Convolution):
        return max(abs(step) for tap in part.taps for step in tap)
    if isinstance(part, Parallel):
        inner = [each for branch in part.branches for each in branch]
        return max(map(_reach, inner), default=0)
    return 0
