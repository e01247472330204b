from . import transforms
from .face_images import AFW, FDDB, PASCALFace
from .wider_face import WIDERFace
from .yolo_faces import YOLOFaces

__all__ = ['AFW', 'FDDB', 'PASCALFace', 'WIDERFace', 'YOLOFaces', 'transforms']
