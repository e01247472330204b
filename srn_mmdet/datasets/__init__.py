from . import transforms
from .face_images import AFW, FDDB, PASCALFace
from .wider_face import WIDERFace

__all__ = ['AFW', 'FDDB', 'PASCALFace', 'WIDERFace', 'transforms']
