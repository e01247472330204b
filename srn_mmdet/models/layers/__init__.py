from .anchor_layout import from_anchors, per_anchor
from .rfe_block import RFEBlock

__all__ = ['RFEBlock', 'from_anchors', 'per_anchor']
