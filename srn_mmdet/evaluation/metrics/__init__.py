from .face_ap_metric import FaceAPMetric
from .fddb_metric import FDDBMetric
from .wider_face_metric import WIDERFaceMetric

__all__ = ['FDDBMetric', 'FaceAPMetric', 'WIDERFaceMetric']
