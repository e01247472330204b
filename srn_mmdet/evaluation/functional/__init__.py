from .afw_pascal import CurveResult, DetectionList, FaceAnnotations, afw_pascal_ap
from .average_precision import average_precision
from .fddb import ROC, fddb_roc
from .wider_face import SUBSETS, GroundTruth, SubsetResult, wider_face_ap

__all__ = [
    'ROC',
    'SUBSETS',
    'CurveResult',
    'DetectionList',
    'FaceAnnotations',
    'GroundTruth',
    'SubsetResult',
    'afw_pascal_ap',
    'average_precision',
    'fddb_roc',
    'wider_face_ap',
]


def __getattr__(name: str):
    """Readers and writers of files, under the names they have had here."""
    from .. import files

    if name in files.__all__:
        return getattr(files, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
