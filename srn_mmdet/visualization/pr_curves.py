"""Precision-recall curves as a figure."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..evaluation.functional import SubsetResult
from ..written_aside import written_aside

_NAMED = 8  # published curves in the legend


def plot_pr_curves(
    results: Mapping[str, Mapping[str, SubsetResult]],
    path: str | Path,
    published: Mapping[str, Mapping[str, SubsetResult]] | None = None,
) -> None:
    """Draw a panel a subset with one curve a detector.

    Args:
        results: For each detector's name, a result for each subset.
        path: The picture to write; its ending says the format.
        published: Others' curves to draw beside them, thin; the best are named.
    """
    # not pyplot: no display, no state shared with the caller's figures
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    subsets = list(next(iter(results.values())))
    figure = Figure(figsize=(4.2 * len(subsets), 4), layout='constrained')
    FigureCanvasAgg(figure)
    for axes, subset in zip(
        figure.subplots(1, len(subsets), squeeze=False)[0], subsets, strict=True
    ):
        others = sorted(
            (
                (name, of[subset])
                for name, of in (published or {}).items()
                if subset in of
            ),
            key=lambda item: -item[1].ap,
        )
        for i, (name, result) in enumerate(others):
            label = f'{name}  {result.ap:.3f}' if i < _NAMED else None
            axes.plot(result.recall, result.precision, linewidth=0.7, label=label)
        for name, of_detector in results.items():
            result = of_detector[subset]
            known = result.recall > 0  # before the first face there is no precision
            axes.plot(
                result.recall[known],
                result.precision[known],
                label=f'{name}  {result.ap:.3f}',
                linewidth=1.8 if not others else 2.6,
                color='black' if others and len(results) == 1 else None,
            )
        axes.set(
            title=f'{subset} ({result.num_faces:,} faces)',
            xlabel='recall',
            ylabel='precision',
            xlim=(0, 1),
            ylim=(0, 1.02),
        )
        axes.grid(alpha=0.3)
        axes.legend(
            loc='lower left', title='AP', frameon=False, fontsize=7 if others else None
        )
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=120)


def plot_curves(
    panels: Mapping[str, list[tuple[str, np.ndarray, np.ndarray]]],
    path: str | Path,
    axes: tuple[str, str],
    legend: str,
    right: float,
) -> None:
    """Draw curves in panels side by side.

    Args:
        panels: Title -> (label, x, y) of each curve.
        path: The picture to write; its ending says the format.
        axes: What x and y are.
        legend: The legend's title.
        right: Where the x axis ends.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(panels), 4.4), layout='constrained')
    FigureCanvasAgg(figure)
    for panel, (title, curves) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for label, x, y in curves:
            panel.plot(x, y, label=label, linewidth=1.8)
        panel.set(
            title=title, xlabel=axes[0], ylabel=axes[1], xlim=(0, right), ylim=(0, 1.02)
        )
        panel.grid(alpha=0.3)
        panel.legend(loc='lower left' if right == 1 else 'lower right', title=legend)
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=120)
