"""What evaluation/files/afw_pascal.py has, under the name it has had."""

from ..files.afw_pascal import (
    read_detection_list,
    read_face_annotations,
    write_detection_list,
)

__all__ = [
    'read_detection_list',
    'read_face_annotations',
    'write_detection_list',
]
