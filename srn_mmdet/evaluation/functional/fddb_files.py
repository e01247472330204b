"""What evaluation/files/fddb.py has, under the name it has had."""

from ..files.fddb import (
    measure_images,
    read_fddb_detections,
    read_folds,
    read_image_sizes,
    read_rocs,
    to_ellipses,
    write_fddb_detections,
    write_roc,
)

__all__ = [
    'measure_images',
    'read_fddb_detections',
    'read_folds',
    'read_image_sizes',
    'read_rocs',
    'to_ellipses',
    'write_fddb_detections',
    'write_roc',
]
