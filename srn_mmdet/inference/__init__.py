from .face_detector import FaceDetector
from .picture import as_picture, decode_picture, read_picture

__all__ = ['FaceDetector', 'as_picture', 'decode_picture', 'read_picture']
