"""What a first step adds to a head: hooks that here do nothing.

Contract: STC and STR call ``super()`` in each, so that they stack in any order, and
return new lists and dicts, never edit what they are given: AnchorHead's ``get_anchors``
repeats one list for all images. No class reads what another one sets.
"""

import warnings
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ..layers import FirstStep, as_levels
from .head_checks import check_two_step_matching


class FirstStepHooks:
    """The first step of a detector that has none.

    Attributes:
        first_step: Arguments of :class:`FirstStep`; None shares the second step's
            branches.
        first_levels: What the first step reads.
    """

    first_step: dict | None
    first_levels: tuple[int, ...] = ()
    # of AnchorHead
    in_channels: int
    num_base_priors: int
    prior_generator: Any
    train_cfg: Any
    assigner: Any

    def _own_first_step(self, numbers: int, **kwargs) -> FirstStep | None:
        """A branch of the first step's own, of so many numbers an anchor, or None."""
        if self.first_step is None:
            return None
        numbers *= self.num_base_priors
        return FirstStep(self.in_channels, numbers, **kwargs, **self.first_step)

    def _read_first(self, levels: Sequence[int], name: str) -> tuple[int, ...]:
        """The levels, and note that the first step reads them; for STC and STR."""
        if self.train_cfg:
            check_two_step_matching(self.assigner, type(self).__name__)
        levels = as_levels(levels, self.prior_generator.num_levels, name)
        assert levels, f'{name}={levels}: wants at least one'
        both = {*levels} & {*self.first_levels}
        if both:
            warnings.warn(
                f'{type(self).__name__}: STC and STR are both on levels {sorted(both)}; '
                'the paper has one on each: set stc_levels and str_levels',
                stacklevel=3,
            )
        self.first_levels = tuple(sorted({*self.first_levels, *levels}))
        return levels

    def forward_first(self, feats: dict[int, Tensor]) -> dict[str, dict[int, Tensor]]:
        """First-step prediction: only what is read.

        Args:
            feats: The C map of each of ``first_levels``.

        Returns:
            ``['cls'][level]`` (N, A*K, H, W) logits (STC), ``['reg'][level]``
            (N, A*4, H, W) deltas (STR).
        """
        return {}

    def loss_first(self, first: dict, anchors: list[Tensor], targets: tuple) -> dict:
        """Losses of the first step.

        Args:
            first: As :meth:`forward_first` gives it.
            anchors: The tiled anchors, a level each, (N, H*W*A, 4).
            targets: As AnchorHead's ``get_targets`` gives them, for the first step.
        """
        return {}

    def refine(self, first: dict, anchors: list[list[Tensor]]) -> list[list[Tensor]]:
        """Anchors of the second step; ``anchors[image][level]`` is (H*W*A, 4)."""
        return anchors

    def dropped(self, first: dict) -> dict[int, Tensor]:
        """Which anchors the first step calls background.

        Returns:
            For each level that has any say, bool (N, H*W*A).
        """
        return {}

    def stats(
        self,
        first: dict,
        tiled: list[Tensor],
        refined: list[Tensor],
        targets: tuple,
        easy: dict[int, Tensor],
    ) -> dict[str, Tensor]:
        """Figures to log, never summed into the loss (no key holds 'loss').

        Args:
            first: As :meth:`forward_first` gives it.
            tiled, refined: Anchors before and after the first step, a level each,
                (N, H*W*A, 4).
            targets: The second step's, before easy negatives are taken out.
            easy: The easy negatives of each level that has any, bool (N, H*W*A).
        """
        return {}
