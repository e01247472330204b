"""What an evaluation came to, and its telling: words, JSON, a plot."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..written_aside import write_file
from .plot import Axes, Panel, plot_curves


@dataclass
class BenchmarkResult:
    """One benchmark's result on one detector.

    Attributes:
        figures: What the benchmark's papers tell, in [0, 1].
        summary: What was evaluated, and what was missing, doubled or unknown.
        warnings: Sentences on what makes the figures doubtful.
        others: A line for each published result beside it.
        panels, axes: The curves.
    """

    figures: dict[str, float]
    summary: str
    warnings: list[str]
    panels: Sequence[Panel]
    axes: Axes = field(default_factory=Axes)
    others: list[str] = field(default_factory=list)

    def text(self) -> str:
        """All but the figures, in lines."""
        warnings = [f'warning: {text}' for text in self.warnings]
        return '\n'.join([self.summary, *warnings, *self.others])

    def write(self, json_file: str | Path | None, plot: str | Path | None) -> None:
        """Write the figures as JSON and draw the curves, where a path is given.

        Raises:
            OSError: One cannot be written; names it.
        """
        if json_file is not None:
            write_file(json_file, json.dumps(self.figures, indent=2) + '\n')
        if plot is not None:
            plot_curves(self.panels, plot, self.axes)
