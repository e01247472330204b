"""What the two steps did, as a figure for papers and slides."""

from pathlib import Path

import cv2
import numpy as np

from ..written_aside import written_aside
from .two_steps import FilteredLevel, MovedLevel, Steps

_FACE, _BEFORE, _AFTER = '#1f9d3a', '#ffd23f', '#ff5da2'  # as on the page
_WIDTH = 4.2  # inches of a panel
_LONGEST = 1600  # pixels of a picture in the figure


def draw_steps(
    image: np.ndarray, steps: Steps, path: str | Path, score_thr: float = 0.5
) -> None:
    """Draw the faces, a panel a level of STC and a panel a level of STR.

    Args:
        image: (H, W, 3) uint8, BGR.
        steps: As :func:`srn_mmdet.apis.steps.look_at_steps` gives them for it.
        path: The picture to write; its ending says the format: .png, .svg or .pdf.
        score_thr: Faces up to this, and their anchors, are left out.
    """
    # not pyplot: no display, no state shared with the caller's figures
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = np.flatnonzero(steps.boxes[:, 4] > score_thr)
    steps_shown = [('Faces', None), *_titles(steps, shown)]
    columns = min(len(steps_shown), 4)
    rows = -(-len(steps_shown) // columns)
    height = _WIDTH * image.shape[0] / image.shape[1] + 0.45
    figure = Figure((_WIDTH * columns, height * rows), layout='constrained')
    FigureCanvasAgg(figure)
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    picture, extent = _picture(image)
    for panel in panels:
        panel.axis('off')
    for panel, (title, level) in zip(panels, steps_shown, strict=False):
        panel.imshow(picture, extent=extent)
        if isinstance(level, FilteredLevel):
            _draw_filtered(panel, level, steps.size)
        for box in steps.boxes[shown]:
            _box(panel, box, _FACE, 1.2)
        if isinstance(level, MovedLevel):
            _draw_moved(panel, level, shown)
        panel.set(xlim=extent[:2], ylim=extent[2:])
        panel.set_title(title, fontsize=10)
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=150)


def _titles(
    steps: Steps, shown: np.ndarray
) -> list[tuple[str, FilteredLevel | MovedLevel]]:
    stc = [
        (f'STC, stride {of.stride}: {of.dropped_share:.1%} dropped', of)
        for of in steps.filtered
    ]
    return stc + [(_moved_title(of, shown), of) for of in steps.moved]


def _moved_title(of: MovedLevel, shown: np.ndarray) -> str:
    ious = of.ious[np.isin(of.faces, shown)]
    if not len(ious):
        return f'STR, stride {of.stride}: no anchor on a face'
    before, after = ious.mean(0)
    return f'STR, stride {of.stride}: IoU {before:.2f} to {after:.2f}'


def _picture(image: np.ndarray) -> tuple[np.ndarray, tuple[float, ...]]:
    height, width = image.shape[:2]
    factor = min(1, _LONGEST / max(height, width))
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return small[..., ::-1], (0, width, height, 0)


def _draw_filtered(panel, level: FilteredLevel, size: tuple[int, int]) -> None:
    from matplotlib import colormaps

    rows, columns = level.scores.shape
    colours = colormaps['plasma'](np.sqrt(level.scores))
    colours[..., 3] = 0.92
    colours[level.left == 0] = (0.04, 0.05, 0.12, 0.65)
    x, y = level.cell
    panel.imshow(
        colours, extent=(0, columns * x, rows * y, 0), interpolation='nearest', zorder=2
    )


def _draw_moved(panel, level: MovedLevel, shown: np.ndarray) -> None:
    for before, after, face in zip(level.before, level.after, level.faces, strict=True):
        if face in shown:
            _box(panel, before, _BEFORE, 0.7, ':')
            _box(panel, after, _AFTER, 0.9)
            ends = np.stack([before.reshape(2, 2).mean(0), after.reshape(2, 2).mean(0)])
            panel.plot(*ends.T, color='white', linewidth=0.8, zorder=4)


def _box(panel, box: np.ndarray, colour: str, width: float, style: str = '-') -> None:
    from matplotlib.patches import Rectangle

    x1, y1, x2, y2 = box[:4]
    panel.add_patch(
        Rectangle(
            (x1, y1),
            x2 - x1,
            y2 - y1,
            fill=False,
            ec=colour,
            lw=width,
            ls=style,
            zorder=3,
        )
    )
