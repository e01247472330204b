from .sparse_max_iou_assigner import SparseMaxIoUAssigner
from .srn_anchor_generator import SRNAnchorGenerator
from .two_step_assigner import TwoStepAssigner

__all__ = ['SRNAnchorGenerator', 'SparseMaxIoUAssigner', 'TwoStepAssigner']
