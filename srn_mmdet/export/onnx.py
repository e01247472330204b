"""SRN as an ONNX graph.

The graph holds everything but non-maximum suppression or box voting: normalising and
padding the picture, both steps densely (a choice of tiles depends on the data, which
graphs do badly), STC's filter on the scores, STR's refinement and the decoding. Batch,
height and width are free.
"""

import copy
import io
from pathlib import Path

import torch
from mmdet.models.task_modules.coders.delta_xywh_bbox_coder import delta2bbox
from torch import Tensor, nn
from torch.nn.functional import pad

from ..models.dense_heads import TwoStepHead
from ..models.layers import per_anchor
from ..written_aside import write_file

OUTPUTS = ('boxes', 'scores', 'levels')


class _Graph(nn.Module):
    """Pictures (N, 3, H, W), BGR in [0, 255] -> boxes, scores, levels."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.head = model.bbox_head
        for level, base in enumerate(self.head.prior_generator.base_anchors):
            self.register_buffer(f'base{level}', base.float())

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        height, width = pictures.shape[-2:]
        prepare = self.model.data_preprocessor
        if prepare._channel_conversion:
            pictures = pictures.flip(1)
        x = (pictures - prepare.mean) / prepare.std
        step = prepare.pad_size_divisor
        x = pad(x, (0, -width % step, 0, -height % step), value=prepare.pad_value)
        cls_scores, bbox_preds, first = self.head(self.model.extract_feat(x))
        moves, dropped = first.get('reg', {}), self.head.dropped(first)
        boxes, scores, levels = [], [], []
        for level, (cls, reg) in enumerate(zip(cls_scores, bbox_preds, strict=True)):
            anchors = self._anchors(level, cls)
            if level in moves:
                anchors = self._decode(anchors, moves[level])
            boxes.append(self._decode(anchors, reg))
            score = per_anchor(cls, self.head.cls_out_channels).sigmoid()[..., 0]
            if level in dropped:
                score = score * (~dropped[level]).to(score.dtype)
            scores.append(score)
            levels.append(torch.zeros_like(score[0], dtype=torch.int64) + level)
        boxes = torch.cat(boxes, 1)
        if self.head.bbox_coder.clip_border:
            boxes = torch.stack(
                [
                    boxes[..., 0].clamp(0, width),
                    boxes[..., 1].clamp(0, height),
                    boxes[..., 2].clamp(0, width),
                    boxes[..., 3].clamp(0, height),
                ],
                -1,
            )
        return boxes, torch.cat(scores, 1), torch.cat(levels)

    def _anchors(self, level: int, cls: Tensor) -> Tensor:
        """(N, H*W*A, 4), in the order of per_anchor."""
        number, _, height, width = cls.shape
        stride = self.head.prior_generator.strides[level]
        x = torch.arange(width, device=cls.device) * stride[0]
        y = torch.arange(height, device=cls.device) * stride[1]
        shift = torch.stack(
            [
                x[None].expand(height, width),
                y[:, None].expand(height, width),
                x[None].expand(height, width),
                y[:, None].expand(height, width),
            ],
            -1,
        )
        base = getattr(self, f'base{level}')
        anchors = (shift[:, :, None].to(base.dtype) + base).reshape(1, -1, 4)
        return anchors.expand(number, -1, 4)

    def _decode(self, anchors: Tensor, delta: Tensor) -> Tensor:
        coder = self.head.bbox_coder
        deltas = per_anchor(delta, 4)
        boxes = delta2bbox(
            anchors.reshape(-1, 4),
            deltas.reshape(-1, 4),
            coder.means,
            coder.stds,
            add_ctr_clamp=coder.add_ctr_clamp,
            ctr_clamp=coder.ctr_clamp,
        )
        return boxes.reshape(deltas.shape)


def export_onnx(model: nn.Module, path: str | Path, opset: int = 18) -> Path:
    """Write a detector with a two-step head as an ONNX file.

    Input ``pictures`` (N, 3, H, W) float32, BGR in [0, 255] as OpenCV reads them; all of
    a batch have one size. Outputs ``boxes`` (N, n, 4) as x1, y1, x2, y2 in pixels,
    ``scores`` (N, n), 0 where STC dropped the anchor, and ``levels`` (n,), the pyramid
    level of each. What is left to do is in :class:`OnnxDetector`; the settings for it
    (``test_cfg``) are in the file's metadata.

    Wants the package onnx.

    Args:
        model: A detector of one class, of which a copy in evaluation mode is exported.
        path: The file to write.
        opset: Of ONNX.

    Raises:
        TypeError: The head is not one of this package's.
    """
    import onnx

    if not isinstance(getattr(model, 'bbox_head', None), TwoStepHead):
        raise TypeError(
            f'{type(model).__name__}: wants a detector whose bbox_head is a '
            f'TwoStepHead, STCHead, STRHead or SRNHead'
        )
    model = copy.deepcopy(model).cpu().float().eval()
    model.bbox_head.selective = False
    cfg = model.test_cfg
    path, traced = Path(path), io.BytesIO()
    size = {0: 'batch', 2: 'height', 3: 'width'}
    with torch.no_grad():
        torch.onnx.export(
            _Graph(model),
            (torch.zeros(2, 3, 96, 160),),
            traced,
            input_names=['pictures'],
            output_names=list(OUTPUTS),
            opset_version=opset,
            dynamo=False,
            dynamic_axes=dict(
                pictures=size,
                boxes={0: 'batch', 1: 'anchors'},
                scores={0: 'batch', 1: 'anchors'},
                levels={0: 'anchors'},
            ),
        )
    graph = onnx.load_from_string(traced.getvalue())
    settings = dict(
        score_thr=cfg.score_thr,
        score_thr_min_places=cfg.get('score_thr_min_places') or 0,
        nms_pre=cfg.nms_pre,
        anchors=model.bbox_head.num_base_priors,
        min_bbox_size=cfg.get('min_bbox_size', -1),
        nms_iou=cfg.nms.iou_threshold,
        box_voting=int(cfg.nms.get('type') == 'box_voting'),
        nms_offset=cfg.nms.get('offset', 0),
        max_per_img=cfg.max_per_img,
    )
    onnx.helper.set_model_props(graph, {k: str(v) for k, v in settings.items()})
    onnx.checker.check_model(graph)
    write_file(path, graph.SerializeToString())
    return path
