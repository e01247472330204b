from .detections import draw_detections
from .steps import draw_steps
from .training import plot_training

__all__ = [
    'draw_detections',
    'draw_steps',
    'plot_training',
]
