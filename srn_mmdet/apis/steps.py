"""What the two steps of a detector did with one picture.

Read off the heads' hooks ``forward_first``, ``dropped`` and ``refine`` during an ordinary
detection, so that what is shown is what was computed.
"""

from typing import Any

import numpy as np
import torch
from mmdet.structures.bbox import bbox_overlaps
from torch import Tensor

from ..inference.face_detector import Picture
from ..inference.picture import as_picture
from ..models.layers import from_anchors
from ..visualization.two_steps import FilteredLevel, MovedLevel, Steps
from .inferencer import SRNInferencer

#: from this overlap with a face on, a moved anchor is shown: the second step's matching
_IOU = 0.5
_PER_FACE = 8


def look_at_steps(detect: SRNInferencer, image: Picture) -> Steps:
    """Detect faces in a picture and say what each step did.

    Where the detector looks more than once (at tiles, at turned copies), the finest look
    at the whole picture is the one that is described.

    Args:
        detect: Any detector; only one with a two-step head has steps to show.
        image: A picture, as the detector takes it.

    Raises:
        TypeError: It is another detector, as an exported one.
    """
    if not hasattr(detect, 'model'):
        raise TypeError(
            f'{type(detect).__name__}: wants an SRNInferencer, whose network can be '
            'looked into'
        )
    image = as_picture(image)
    head: Any = getattr(detect.model, 'bbox_head', None)
    if not hasattr(head, 'forward_first'):
        return Steps(detect(image), image.shape[:2])
    with _Recorder(detect.model, head) as recorder:
        boxes = detect(image)
    steps = Steps(boxes, image.shape[:2])
    look = _whole(recorder.looks, image.shape[:2])
    if look is not None:
        strides = [stride[0] for stride in head.prior_generator.strides]
        steps.filtered = _filtered(look, strides)
        steps.moved = _moved(look, strides, boxes)
    return steps


class _Recorder:
    """Notes what the hooks of a head give while its detector runs."""

    def __init__(self, model: Any, head: Any) -> None:
        self.model, self.head = model, head
        self.looks: list[dict] = []
        self._now: dict = {}

    def __enter__(self) -> '_Recorder':
        head, test_step = self.head, self.model.test_step
        forward_first, dropped, refine = head.forward_first, head.dropped, head.refine

        def note(hook: str, *given):
            self._now[hook] = given
            return given[-1]

        def look(data):
            self._now = {}
            results = test_step(data)
            self.looks.append(dict(self._now, shape=results[0].img_shape[:2]))
            return results

        head.forward_first = lambda feats: note('first', forward_first(feats))
        head.dropped = lambda first: note('dropped', dropped(first))
        head.refine = lambda first, tiled: note('refine', tiled, refine(first, tiled))
        self.model.test_step = look
        return self

    def __exit__(self, *error) -> None:
        for hook in ('forward_first', 'dropped', 'refine'):
            delattr(self.head, hook)  # the class's own again
        del self.model.test_step


def _whole(looks: list[dict], size: tuple[int, int]) -> dict | None:
    """The finest look at the whole picture, with its ``scale`` (x, y)."""
    found = None
    for look in looks:
        height, width = look['shape']
        whole = (
            abs(width / height - size[1] / size[0]) * height <= 2
        )  # but for rounding
        if whole and (found is None or width > found['shape'][1]):
            found = dict(look, scale=(width / size[1], height / size[0]))
    return found


def _filtered(look: dict, strides: list[int]) -> list[FilteredLevel]:
    (first,), (dropped,) = look['first'], look.get('dropped', ({},))
    levels = []
    for level, logits in sorted(first.get('cls', {}).items()):
        size, stride = tuple(logits.shape[-2:]), strides[level]
        left = ~from_anchors(dropped[level][:1, :, None], size)[0]  # (A, H, W)
        levels.append(
            FilteredLevel(
                level,
                stride,
                (stride / look['scale'][0], stride / look['scale'][1]),
                logits[0].float().sigmoid().amax(0).cpu().numpy(),
                left.sum(0).cpu().numpy(),
                len(left),
            )
        )
    return levels


def _moved(look: dict, strides: list[int], boxes: np.ndarray) -> list[MovedLevel]:
    (first,) = look['first']
    if 'refine' not in look:
        return []
    tiled, refined = (anchors[0] for anchors in look['refine'])
    scale = tiled[0].new_tensor([*look['scale'], *look['scale']])
    faces = torch.from_numpy(boxes[:, :4]).to(scale)
    return [
        _moved_level(level, strides[level], tiled[level] / scale, moved / scale, faces)
        for level, moved in enumerate(refined)
        if level in first.get('reg', {})
    ]


def _moved_level(
    level: int, stride: int, before: Tensor, after: Tensor, faces: Tensor
) -> MovedLevel:
    overlaps = bbox_overlaps(after, faces)  # (anchors, faces)
    if not len(faces):
        overlaps = overlaps.new_zeros(len(after), 1)
    best, face = overlaps.max(1)
    chosen = []
    for i in range(len(faces)):
        mine = ((face == i) & (best >= _IOU)).nonzero()[:, 0]
        chosen.append(mine[best[mine].argsort(descending=True)[:_PER_FACE]])
    rows = torch.cat(chosen) if chosen else face[:0]
    first = bbox_overlaps(before[rows], faces[face[rows]], is_aligned=True)
    ious = torch.stack([first, best[rows]], 1)
    return MovedLevel(
        level,
        stride,
        before[rows].float().cpu().numpy(),
        after[rows].float().cpu().numpy(),
        face[rows].cpu().numpy(),
        ious.float().cpu().numpy(),
    )
