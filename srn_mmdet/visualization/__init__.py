from .detections import draw_detections
from .pr_curves import plot_curves, plot_pr_curves
from .training import plot_training

__all__ = ['draw_detections', 'plot_curves', 'plot_pr_curves', 'plot_training']
