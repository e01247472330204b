from .onnx import export_onnx
from .onnx_detector import OnnxDetector

__all__ = ['OnnxDetector', 'export_onnx']
