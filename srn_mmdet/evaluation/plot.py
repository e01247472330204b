"""A benchmark's curves as a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..written_aside import written_aside

_NAMED = 8  # others' curves in the legend


@dataclass
class Curve:
    """A curve to draw: (n,) points, a name, the figure beside it in the legend."""

    name: str
    x: np.ndarray
    y: np.ndarray
    figure: str


@dataclass
class Panel:
    """What is drawn together: one's own curves, and others' beside them, best first."""

    title: str
    own: Sequence[Curve]
    others: Sequence[Curve] = ()


@dataclass
class Axes:
    """What x and y are, where x ends, and what the legend's figures are."""

    x: str = 'recall'
    y: str = 'precision'
    right: float = 1.0
    figure: str = 'AP'


def plot_curves(panels: Sequence[Panel], path: str | Path, axes: Axes) -> None:
    """Draw panels side by side; the picture's ending says its format."""
    # not pyplot: no display, no state shared with the caller's figures
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.4 * len(panels), 4.2), layout='constrained')
    FigureCanvasAgg(figure)
    places = figure.subplots(1, len(panels), squeeze=False)[0]
    for place, panel in zip(places, panels, strict=True):
        for i, curve in enumerate(panel.others):
            label = f'{curve.name}  {curve.figure}' if i < _NAMED else None
            place.plot(curve.x, curve.y, linewidth=0.7, label=label)
        for curve in panel.own:
            place.plot(
                curve.x,
                curve.y,
                label=f'{curve.name}  {curve.figure}',
                linewidth=2.6 if panel.others else 1.8,
                color='black' if panel.others and len(panel.own) == 1 else None,
            )
        place.set(
            title=panel.title,
            xlabel=axes.x,
            ylabel=axes.y,
            xlim=(0, axes.right),
            ylim=(0, 1.02),
        )
        place.grid(alpha=0.3)
        place.legend(
            loc='lower left' if axes.right == 1 else 'lower right',
            title=axes.figure,
            frameon=False,
            fontsize=7 if panel.others else None,
        )
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=120)


def wider_face_panels(
    results: Mapping[str, Mapping], published: Mapping[str, Mapping] | None = None
) -> list[Panel]:
    """A panel a subset.

    Args:
        results, published: A detector's name -> subset -> SubsetResult.
    """
    panels = []
    for subset, of in next(iter(results.values())).items():
        own = [_curve(name, of_own[subset]) for name, of_own in results.items()]
        others = [
            (name, of_other[subset])
            for name, of_other in (published or {}).items()
            if subset in of_other
        ]
        others.sort(key=lambda other: -other[1].ap)
        title = f'{subset} ({of.num_faces:,} faces)'
        panels.append(Panel(title, own, [_curve(*other) for other in others]))
    return panels


def _curve(name: str, result) -> Curve:
    known = result.recall > 0  # before the first face there is no precision
    return Curve(
        name, result.recall[known], result.precision[known], f'{result.ap:.3f}'
    )
