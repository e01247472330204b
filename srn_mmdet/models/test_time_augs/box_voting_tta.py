"""Test-time augmentation as in the authors' release: many views, then box voting."""

import warnings

import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.model import BaseTTAModel
from mmengine.structures import InstanceData
from torch import Tensor

from ...checked_arguments import share, switch, whole
from ..layers import box_voting


@MODELS.register_module()
class BoxVotingTTAModel(BaseTTAModel):
    """Run one view at a time, bring its boxes back to the image, and vote.

    For the views of MultiScaleViews (srn_mmdet.datasets), which say how they were made
    in ``view``. A view that does not fit into memory is skipped with a warning.

    Args:
        module: The detector.
        iou_thr: Overlap of the boxes that vote together.
        max_per_img: Detections kept an image.
        drop_single: Drop what only one box speaks for, as the release does. False by
            default: a face that only one view finds is kept.
        data_preprocessor: As for BaseTTAModel.
    """

    def __init__(
        self,
        module,
        iou_thr: float = 0.5,
        max_per_img: int = 750,
        drop_single: bool = False,
        data_preprocessor=None,
    ) -> None:
        super().__init__(module, data_preprocessor)
        self.iou_thr = share(iou_thr, 'BoxVotingTTAModel: iou_thr')
        if max_per_img != -1:  # which is all of them
            whole(max_per_img, 'BoxVotingTTAModel: max_per_img')
        self.max_per_img = max_per_img
        self.drop_single = switch(drop_single, 'BoxVotingTTAModel: drop_single')

    @torch.no_grad()
    def test_step(self, data: dict) -> list[DetDataSample]:
        """``data[key][view][image]``, as MultiScaleViews and pseudo_collate make it."""
        num_views = len(data['inputs'])
        views = []
        for i in range(num_views):
            view = {key: value[i] for key, value in data.items()}
            samples, failure = self._run(view)
            if failure is None:
                views.append(samples)
                continue
            sample = view['data_samples'][0]
            warnings.warn(
                f'{sample.img_path}: the view of {sample.img_shape[1]}x'
                f'{sample.img_shape[0]} px does not fit into memory and is skipped '
                f'(view {i + 1} of {num_views}; a smaller max_size makes smaller views)',
                stacklevel=2,
            )
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        if not views:
            raise MemoryError(
                f'{data["data_samples"][0][0].img_path}: none of its {num_views} views '
                'fits into memory'
            )
        return self.merge_preds([list(samples) for samples in zip(*views, strict=True)])

    def _run(self, view: dict) -> tuple[list[DetDataSample] | None, str | None]:
        try:
            return self.module.test_step(view), None
        except (
            RuntimeError
        ) as error:  # its traceback would keep the view's memory alive
            if not _out_of_memory(error):
                raise
            return None, str(error)

    def merge_preds(
        self, data_samples_list: list[list[DetDataSample]]
    ) -> list[DetDataSample]:
        return [self._merge(views) for views in data_samples_list]

    def _merge(self, views: list[DetDataSample]) -> DetDataSample:
        found = [_in_image(view) for view in views]
        boxes, scores, labels = (torch.cat(parts) for parts in zip(*found, strict=True))
        boxes, scores, labels = self._vote(boxes, scores, labels)
        height, width = views[0].ori_shape[:2]
        boxes[:, 0::2].clamp_(0, width - 1)
        boxes[:, 1::2].clamp_(0, height - 1)
        merged = views[0]
        merged.pred_instances = InstanceData(bboxes=boxes, scores=scores, labels=labels)
        return merged

    def _vote(
        self, boxes: Tensor, scores: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Voting among the boxes of each class, then the best of all classes."""
        voted = []
        for label in labels.unique():
            of_class = labels == label
            voted.append(
                box_voting(
                    boxes[of_class],
                    scores[of_class],
                    self.iou_thr,
                    self.drop_single,
                    self.max_per_img,
                )
            )
        if not voted:
            return boxes, scores, labels
        counts = torch.tensor([len(best) for _, best in voted], device=labels.device)
        labels = labels.unique().repeat_interleave(counts)
        boxes, scores = (torch.cat(parts) for parts in zip(*voted, strict=True))
        end = None if self.max_per_img < 0 else self.max_per_img
        order = scores.argsort(descending=True, stable=True)[:end]
        return boxes[order], scores[order], labels[order]


def _in_image(sample: DetDataSample) -> tuple[Tensor, Tensor, Tensor]:
    """A view's boxes (n, 4) in pixels of the image, scores and labels (n,), filtered.

    The conventions are the release's: pixel x of a view is (x - (scale - 1) / 2) / scale
    in the image, and width - x - 1 in the flipped view.
    """
    view = sample.view
    found = sample.pred_instances
    boxes, scores = found.bboxes, found.scores
    if view['flip']:
        width = sample.img_shape[1]
        x1, y1, x2, y2 = boxes.unbind(1)
        boxes = torch.stack([width - x2 - 1, y1, width - x1 - 1, y2], 1)
    boxes = (boxes - (view['scale'] - 1) / 2) / view['scale']
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    keep = scores > 0
    if view['longer_over'] is not None:
        keep &= sides.amax(1) > view['longer_over']
    if view['shorter_under'] is not None:
        keep &= sides.amin(1) < view['shorter_under']
    return boxes[keep], scores[keep], found.labels[keep].long()


def _out_of_memory(error: RuntimeError) -> bool:
    return (
        isinstance(error, torch.cuda.OutOfMemoryError)
        or 'DefaultCPUAllocator' in str(error)
        or 'out of memory' in str(error)
    )
