from .data_anchor_sampling import DataAnchorSampling
from .expand_square_crop import ExpandSquareCrop
from .multi_scale_views import MultiScaleViews
from .random_square_crop import RandomSquareCrop

__all__ = [
    'DataAnchorSampling',
    'ExpandSquareCrop',
    'MultiScaleViews',
    'RandomSquareCrop',
]
