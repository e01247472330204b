from . import functional
from .metrics import FaceAPMetric, FDDBMetric, WIDERFaceMetric

__all__ = ['FDDBMetric', 'FaceAPMetric', 'WIDERFaceMetric', 'functional']
