from .afw_pascal import CurveResult, DetectionList, FaceAnnotations, afw_pascal_ap
from .afw_pascal_files import (
    read_detection_list,
    read_face_annotations,
    write_detection_list,
)
from .average_precision import average_precision
from .fddb import ROC, fddb_roc
from .fddb_files import (
    read_fddb_detections,
    read_folds,
    read_image_sizes,
    write_fddb_detections,
    write_roc,
)
from .wider_face import SUBSETS, GroundTruth, SubsetResult, wider_face_ap
from .wider_face_files import read_ground_truth, read_predictions, write_prediction

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
    'read_detection_list',
    'read_face_annotations',
    'read_fddb_detections',
    'read_folds',
    'read_ground_truth',
    'read_image_sizes',
    'read_predictions',
    'wider_face_ap',
    'write_detection_list',
    'write_fddb_detections',
    'write_prediction',
    'write_roc',
]
