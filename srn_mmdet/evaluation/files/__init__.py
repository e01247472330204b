from .afw_pascal import (
    read_detection_list,
    read_face_annotations,
    write_detection_list,
)
from .fddb import (
    read_fddb_detections,
    read_folds,
    read_image_sizes,
    write_fddb_detections,
    write_roc,
)
from .wider_face import read_ground_truth, read_predictions, write_prediction

__all__ = [
    'read_detection_list',
    'read_face_annotations',
    'read_fddb_detections',
    'read_folds',
    'read_ground_truth',
    'read_image_sizes',
    'read_predictions',
    'write_detection_list',
    'write_fddb_detections',
    'write_prediction',
    'write_roc',
]
