from . import transforms
from .wider_face import WIDERFace

__all__ = ['WIDERFace', 'transforms']
