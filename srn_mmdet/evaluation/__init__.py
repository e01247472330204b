from . import functional
from .metrics import WIDERFaceMetric

__all__ = ['WIDERFaceMetric', 'functional']
