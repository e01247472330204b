"""What evaluation/files/wider_face.py has, under the name it has had."""

from ..files.wider_face import (
    read_ground_truth,
    read_image_list,
    read_own_faces,
    read_predictions,
    write_prediction,
)

__all__ = [
    'read_ground_truth',
    'read_image_list',
    'read_own_faces',
    'read_predictions',
    'write_prediction',
]
