"""SRN as an ONNX graph."""

import io
import warnings
from pathlib import Path

import torch
from torch import nn

from ..checked_arguments import whole
from ..written_aside import write_file
from .graph import OUTPUTS, WITH_NMS, DetectorGraph

# the newest that torch traces to; later ones are made of it by onnx
_TRACED = 20


def export_onnx(
    model: nn.Module, path: str | Path, opset: int = 23, with_nms: bool = False
) -> Path:
    """Write a detector with a two-step head as an ONNX file.

    Input ``pictures`` (N, 3, H, W) float32, BGR in [0, 255] as OpenCV reads them; all of
    a batch have one size. Outputs ``boxes`` (N, n, 4) as x1, y1, x2, y2 in pixels,
    ``scores`` (N, n), 0 where STC dropped the anchor, and ``levels`` (n,), the pyramid
    level of each. What is left to do is in :class:`OnnxDetector`; the settings for it
    (``test_cfg``) are in the file's metadata. ``with_nms`` leaves nothing to do: one
    output ``detections`` (k, 6), each with the number of its picture, x1, y1, x2, y2 and
    a score.

    Wants the package onnx.

    Args:
        model: A detector of one class, of which a copy in evaluation mode is exported.
        path: The file to write.
        opset: Of ONNX.
        with_nms: Non-maximum suppression in the graph.

    Raises:
        TypeError: The head is not one of this package's.
        ValueError: The detector does what the graph cannot express.
    """
    graph = DetectorGraph(model, with_nms)
    import onnx

    newest = onnx.defs.onnx_opset_version()
    whole(opset, 'opset', 16, newest)
    outputs = WITH_NMS if with_nms else OUTPUTS
    axes = dict(
        pictures={0: 'batch', 2: 'height', 3: 'width'},
        boxes={0: 'batch', 1: 'anchors'},
        scores={0: 'batch', 1: 'anchors'},
        levels={0: 'anchors'},
        detections={0: 'detections'},
    )
    traced = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        # of assertions in mmcv and mmdet about shapes, which hold whatever the size
        warnings.simplefilter('ignore', torch.jit.TracerWarning)
        warnings.simplefilter('ignore', DeprecationWarning)
        warnings.filterwarnings('ignore', 'Exporting aten::index')
        torch.onnx.export(
            graph,
            (torch.zeros(2, 3, 96, 160),),
            traced,
            input_names=['pictures'],
            output_names=list(outputs),
            opset_version=min(opset, _TRACED),
            dynamo=False,
            dynamic_axes={name: axes[name] for name in ('pictures', *outputs)},
        )
    written = onnx.load_from_string(traced.getvalue())
    if opset > _TRACED:
        written = onnx.version_converter.convert_version(written, opset)
    onnx.helper.set_model_props(written, _settings(graph))
    onnx.checker.check_model(written)
    write_file(path, written.SerializeToString())
    return Path(path)


def _settings(graph: DetectorGraph) -> dict[str, str]:
    """What is left to do after a graph without NMS."""
    cfg = graph.cfg
    settings = dict(
        score_thr=cfg.score_thr,
        score_thr_min_places=cfg.get('score_thr_min_places') or 0,
        nms_pre=cfg.nms_pre,
        anchors=graph.head.num_base_priors,
        min_bbox_size=cfg.get('min_bbox_size', -1),
        nms_iou=cfg.nms.iou_threshold,
        box_voting=int(cfg.nms.get('type') == 'box_voting'),
        nms_offset=cfg.nms.get('offset', 0),
        max_per_img=cfg.max_per_img,
    )
    return {key: str(value) for key, value in settings.items()}
