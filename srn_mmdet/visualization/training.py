"""What a training run logged, as a figure."""

from collections.abc import Sequence
from pathlib import Path

from ..written_aside import written_aside

_LOSSES = ('loss_stc', 'loss_str', 'loss_cls', 'loss_bbox')
_PANELS = (
    ('losses', _LOSSES, 'log'),
    ('anchors that STC dropped an image', ('stc_dropped',), 'linear'),
    (
        'share of positives on the levels of STC',
        ('stc_pos_share_before', 'stc_pos_share_after'),
        'log',
    ),
    (
        'IoU of positive anchors on the levels of STR',
        ('str_iou_before', 'str_iou_after'),
        'linear',
    ),
)


def plot_training(
    entries: Sequence[dict], path: str | Path, resumed: Sequence[int] = ()
) -> None:
    """Draw losses and SRN's own statistics over the steps of a run.

    Args:
        entries: What mmengine logged, one dict a logged step.
        path: The picture to write.
        resumed: Steps at which the run was resumed; each gets a line.
    """
    # not pyplot: no display, no state shared with the caller's figures
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6.4), layout='constrained')
    FigureCanvasAgg(figure)
    for axes, (title, keys, scale) in zip(
        figure.subplots(2, 2).flat, _PANELS, strict=True
    ):
        for key in keys:
            known = [(e['step'], e[key]) for e in entries if key in e]
            if known:
                axes.plot(*zip(*known, strict=True), label=key, linewidth=1.5)
        for step in resumed:
            axes.axvline(step, color='0.4', linestyle=':', linewidth=1)
            axes.annotate(
                'resumed',
                (step, 0.97),
                xycoords=('data', 'axes fraction'),
                rotation=90,
                va='top',
                ha='right',
                fontsize=8,
                color='0.4',
            )
        axes.set(title=title, xlabel='step', yscale=scale)
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=8)
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=100)
