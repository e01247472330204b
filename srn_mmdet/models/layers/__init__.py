from .anchor_layout import from_anchors, per_anchor
from .box_voting import box_voting
from .deferred_map import DeferredMap, deferred, dense, recomputed, run_where
from .first_step import FirstStep
from .levels import as_levels
from .rfe_block import RFEBlock

__all__ = [
    'DeferredMap',
    'FirstStep',
    'RFEBlock',
    'as_levels',
    'box_voting',
    'deferred',
    'dense',
    'from_anchors',
    'per_anchor',
    'recomputed',
    'run_where',
]
