from .rfe import RFE
from .srn_fpn import SRNFPN

__all__ = ['RFE', 'SRNFPN']
