"""Selective Refinement Network (Chi et al., AAAI 2019): STC and STR in one head."""

from mmdet.registry import MODELS

from .stc_head import STCHead
from .str_head import STRHead


@MODELS.register_module()
class SRNHead(STCHead, STRHead):
    """SRN = STC on the low levels + STR on the high ones."""
