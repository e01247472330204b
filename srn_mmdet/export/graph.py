"""A detector with a two-step head as one function of tensors, as graphs want it.

It holds everything up to the detections or, without NMS, up to what NMS or box voting
chooses from: normalising and padding the pictures, both steps densely (a choice of tiles
depends on the data, which graphs do badly), STC's filter on the scores, STR's refinement
and the decoding, by the head's own anchor generator and box coder. Batch, height and
width are free.
"""

import copy

import torch
from mmcv.ops import nms
from mmengine.model import ImgDataPreprocessor
from torch import Tensor, nn
from torch.nn.functional import pad

from ..models.dense_heads import TwoStepHead
from ..models.layers import per_anchor

OUTPUTS = ('boxes', 'scores', 'levels')
WITH_NMS = ('detections',)


class DetectorGraph(nn.Module):
    """Pictures (N, 3, H, W), BGR in [0, 255] -> boxes, scores, levels; or detections.

    Args:
        model: A detector of one class, of which a copy in evaluation mode is taken.
        with_nms: Give :data:`WITH_NMS`: (k, 6) of all pictures, each with the number of
            its picture, x1, y1, x2, y2 and a score, best first within a picture.
            Otherwise :data:`OUTPUTS`.

    Raises:
        TypeError: The head is not one of this package's.
        ValueError: It does what no graph can express; the error says what.
    """

    def __init__(self, model: nn.Module, with_nms: bool = False) -> None:
        super().__init__()
        check_expressible(model, with_nms)
        self.model = copy.deepcopy(model).cpu().float().eval()
        self.head = self.model.bbox_head
        self.head.selective = False
        self.with_nms = with_nms
        self.cfg = self.model.test_cfg

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        height, width = pictures.shape[-2:]
        prepare = self.model.data_preprocessor
        x = pictures.flip(1) if prepare._channel_conversion else pictures
        if prepare._enable_normalize:
            x = (x - prepare.mean) / prepare.std
        step = prepare.pad_size_divisor
        x = pad(x, (0, -width % step, 0, -height % step), value=prepare.pad_value)
        cls_scores, bbox_preds, first = self.head(self.model.extract_feat(x))
        moves, dropped = first.get('reg', {}), self.head.dropped(first)
        boxes, scores = [], []
        for level, (cls, reg) in enumerate(zip(cls_scores, bbox_preds, strict=True)):
            anchors = self._anchors(level, cls)
            if level in moves:
                anchors = self._decode(anchors, moves[level])
            found = self._decode(anchors, reg)
            if self.head.bbox_coder.clip_border:
                x1, y1, x2, y2 = found.unbind(-1)
                across = (x1.clamp(0, width), x2.clamp(0, width))
                down = (y1.clamp(0, height), y2.clamp(0, height))
                found = torch.stack([across[0], down[0], across[1], down[1]], -1)
            boxes.append(found)
            score = per_anchor(cls, 1).sigmoid()[..., 0]
            if level in dropped:
                score = score * (~dropped[level]).to(score.dtype)
            scores.append(score)
        if self.with_nms:
            sizes = [cls.shape[-2:] for cls in cls_scores]
            return (self._nms(boxes, scores, sizes),)
        levels = [
            torch.zeros_like(s[0], dtype=torch.int64) + i for i, s in enumerate(scores)
        ]
        return torch.cat(boxes, 1), torch.cat(scores, 1), torch.cat(levels)

    def _anchors(self, level: int, cls: Tensor) -> Tensor:
        """(N, H*W*A, 4), in the order of per_anchor."""
        anchors = self.head.prior_generator.single_level_grid_priors(
            cls.shape[-2:], level, dtype=torch.float32, device=cls.device
        )
        return anchors.expand(cls.shape[0], -1, -1)

    def _decode(self, anchors: Tensor, delta: Tensor) -> Tensor:
        deltas = per_anchor(delta, 4)
        boxes = self.head.bbox_coder.decode(
            anchors.reshape(-1, 4), deltas.reshape(-1, 4)
        )
        return boxes.reshape(deltas.shape)

    def _nms(self, boxes: list[Tensor], scores: list[Tensor], sizes: list) -> Tensor:
        cfg = self.cfg
        best_boxes, best_scores = [], []
        for of_level, score, (height, width) in zip(boxes, scores, sizes, strict=True):
            kept = score > cfg.score_thr
            if cfg.get('score_thr_min_places'):
                small = height * width < cfg.score_thr_min_places
                kept = kept | (small & (score > 0))
            if cfg.get('min_bbox_size', -1) >= 0:
                sides = of_level[..., 2:] - of_level[..., :2]
                kept = kept & (sides > cfg.min_bbox_size).all(-1)
            score = torch.where(kept, score, torch.zeros_like(score))
            # a tensor, or a trace would keep the number of the picture it saw
            number = torch._shape_as_tensor(score)[1]
            number = torch.minimum(number, torch.tensor(cfg.nms_pre))
            score, chosen = score.topk(number, 1)
            of_level = of_level.gather(1, chosen[..., None].expand(-1, -1, 4))
            best_boxes.append(of_level)
            best_scores.append(score)
        boxes, scores = torch.cat(best_boxes, 1), torch.cat(best_scores, 1)
        # boxes with the pixel they end on, as the release measures them
        offset = torch.tensor([0.0, 0, 1, 1]) * cfg.nms.get('offset', 0)
        index = _Nms.apply(
            boxes + offset, scores[:, None], cfg.max_per_img, cfg.nms.iou_threshold
        )
        image, place = index[:, 0], index[:, 2]
        return torch.cat(
            [
                image[:, None].to(boxes.dtype),
                boxes[image, place],
                scores[image, place][:, None],
            ],
            1,
        )


class _Nms(torch.autograd.Function):
    """ONNX's NonMaxSuppression, which torch has no function for."""

    @staticmethod
    def forward(ctx, boxes: Tensor, scores: Tensor, number: int, iou: float) -> Tensor:
        """(N, n, 4), (N, 1, n) -> (k, 3): image, class, box; of scores over 0."""
        rows = []
        for image, (of_image, score) in enumerate(
            zip(boxes, scores[:, 0], strict=True)
        ):
            places = (score > 0).nonzero()[:, 0]
            if len(places):
                kept = nms(of_image[places], score[places].contiguous(), iou)[1][
                    :number
                ]
                places = places[kept]
            rows.append(
                torch.stack(
                    [torch.full_like(places, image), torch.zeros_like(places), places],
                    1,
                )
            )
        return torch.cat(rows)

    @staticmethod
    def symbolic(g, boxes, scores, number: int, iou: float):
        return g.op(
            'NonMaxSuppression',
            boxes,
            scores,
            g.op('Constant', value_t=torch.tensor([number])),
            g.op('Constant', value_t=torch.tensor([iou])),
            g.op('Constant', value_t=torch.tensor([0.0])),
        )


def check_expressible(model: nn.Module, with_nms: bool = False) -> None:
    """Raises TypeError or ValueError where a graph would give other detections."""
    head = getattr(model, 'bbox_head', None)
    if not isinstance(head, TwoStepHead):
        raise TypeError(
            f'{type(model).__name__}: wants a detector whose bbox_head is a '
            f'TwoStepHead, STCHead, STRHead or SRNHead'
        )
    if head.num_classes != 1:
        raise ValueError(f'{head.num_classes} classes: the graph has one, faces')
    if not head.use_sigmoid_cls:
        raise ValueError('softmax scores: the graph has sigmoid ones')
    if not isinstance(model.data_preprocessor, ImgDataPreprocessor):
        raise ValueError(
            f'{type(model.data_preprocessor).__name__}: wants a DetDataPreprocessor'
        )
    cfg = model.test_cfg
    kind = cfg.nms.get('type', 'nms')
    if kind not in ('nms', 'box_voting'):
        raise ValueError(f"nms of type '{kind}': wants 'nms' or 'box_voting'")
    unknown = cfg.nms.keys() - {'type', 'iou_threshold', 'offset', 'class_agnostic'}
    if unknown:
        raise ValueError(f'nms with {", ".join(sorted(unknown))}: no graph has that')
    if with_nms and kind == 'box_voting':
        raise ValueError(
            'box voting inside the graph: ONNX has nothing like it; leave it to '
            'OnnxDetector, or take plain NMS (--nms IOU of tools/export_onnx.py)'
        )
