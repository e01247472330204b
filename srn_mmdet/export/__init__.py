from .onnx import OnnxDetector, export_onnx

__all__ = ['OnnxDetector', 'export_onnx']
