from . import transforms
from .coco_faces import COCOFaces
from .face_images import AFW, FDDB, PASCALFace
from .voc_faces import VOCFaces
from .wider_face import WIDERFace
from .yolo_faces import YOLOFaces

__all__ = [
    'AFW',
    'FDDB',
    'COCOFaces',
    'PASCALFace',
    'VOCFaces',
    'WIDERFace',
    'YOLOFaces',
    'transforms',
]
