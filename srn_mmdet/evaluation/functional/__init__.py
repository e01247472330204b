from .average_precision import average_precision
from .wider_face import SUBSETS, GroundTruth, SubsetResult, wider_face_ap
from .wider_face_files import read_ground_truth, read_predictions, write_prediction

__all__ = [
    'SUBSETS',
    'GroundTruth',
    'SubsetResult',
    'average_precision',
    'read_ground_truth',
    'read_predictions',
    'wider_face_ap',
    'write_prediction',
]
