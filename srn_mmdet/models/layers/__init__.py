from .anchor_layout import by_level, from_anchors, per_anchor
from .box_voting import box_voting
from .deferred_map import DeferredMap, deferred, dense
from .first_step import FirstStep
from .levels import as_levels
from .norm_cfg import check_norm_cfg
from .recompute import recomputed
from .rfe_block import RFEBlock
from .selective import Parallel, made_of, run_where
from .tower import Tower

__all__ = [
    'DeferredMap',
    'FirstStep',
    'Parallel',
    'RFEBlock',
    'Tower',
    'as_levels',
    'box_voting',
    'by_level',
    'check_norm_cfg',
    'deferred',
    'dense',
    'from_anchors',
    'made_of',
    'per_anchor',
    'recomputed',
    'run_where',
]
