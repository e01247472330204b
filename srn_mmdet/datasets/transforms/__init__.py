from .data_anchor_sampling import DataAnchorSampling
from .expand_square_crop import ExpandSquareCrop
from .load_training_image import LoadTrainingImage
from .multi_scale_views import MultiScaleViews
from .random_square_crop import RandomSquareCrop

__all__ = [
    'DataAnchorSampling',
    'ExpandSquareCrop',
    'LoadTrainingImage',
    'MultiScaleViews',
    'RandomSquareCrop',
]
