from .detections import draw_detections
from .pr_curves import plot_curves, plot_pr_curves
from .steps import draw_steps
from .training import plot_training

__all__ = [
    'draw_detections',
    'draw_steps',
    'plot_curves',
    'plot_pr_curves',
    'plot_training',
]
