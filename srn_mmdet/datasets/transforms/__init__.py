from .data_anchor_sampling import DataAnchorSampling
from .multi_scale_views import MultiScaleViews
from .random_square_crop import RandomSquareCrop

__all__ = ['DataAnchorSampling', 'MultiScaleViews', 'RandomSquareCrop']
