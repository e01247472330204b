from .onnx import export_onnx
from .onnx_detector import OnnxDetector
from .torch_export import export_torch

__all__ = ['OnnxDetector', 'export_onnx', 'export_torch']
