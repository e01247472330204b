from .srn_head import SRNHead
from .stc_head import STCHead
from .str_head import STRHead
from .two_step_head import TwoStepHead

__all__ = ['SRNHead', 'STCHead', 'STRHead', 'TwoStepHead']
