from .max_out_srn_head import MaxOutSRNHead
from .srn_head import SRNHead
from .stc_head import STCHead
from .str_head import STRHead
from .two_step_head import TwoStepHead

__all__ = ['MaxOutSRNHead', 'SRNHead', 'STCHead', 'STRHead', 'TwoStepHead']
