"""The matching of two-step detectors: one rule a step.

Contract: ``assign`` without anything else is the second step's matching, so the assigner
also serves in the ``train_cfg`` of any one-step head. Inside ``with
assigner.first_step():`` it is the first step's.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmdet.models.task_modules.assigners import AssignResult, BaseAssigner
from mmdet.registry import TASK_UTILS
from mmengine.structures import InstanceData

from ...checked_arguments import part, whole

_SECOND = dict(
    type='SparseMaxIoUAssigner',
    pos_iou_thr=0.5,
    neg_iou_thr=0.4,
    min_pos_iou=0.4,
    ignore_iof_thr=0.5,
)
_FIRST = dict(_SECOND, pos_iou_thr=0.7, neg_iou_thr=0.3, min_pos_iou=0.3)


@TASK_UTILS.register_module()
class TwoStepAssigner(BaseAssigner):
    """Matches anchors to faces in two steps (SRN paper, section 3.1 and 3.2).

    The first step matches the tiled anchors strictly (.7/.3), the second what the first
    left, refined where the first refined (.5/.4).

    Args:
        first: Config of the first step's assigner; default: the paper's thresholds.
        second: Config of the second step's assigner; the same.
        max_positives: In the second step a face keeps so many anchors, those of the
            highest overlap (of equal ones the first), and its others are ignored. STR
            moves anchors from all around onto a large face, which would outweigh several
            small ones in the losses. None: no limit, as in the paper.
    """

    def __init__(
        self,
        first: dict = _FIRST,
        second: dict = _SECOND,
        max_positives: int | None = None,
    ) -> None:
        if max_positives is not None:
            whole(max_positives, 'TwoStepAssigner: max_positives')
        self.max_positives = max_positives
        self.first, self.second = (
            TASK_UTILS.build(part(cfg, f'TwoStepAssigner: {name}'))
            for name, cfg in (('first', first), ('second', second))
        )
        for step in (self.first, self.second):
            _check(step)
        self._active = self.second

    @contextmanager
    def first_step(self) -> Iterator[None]:
        """Within it, :meth:`assign` is the first step's."""
        self._active = self.first
        try:
            yield
        finally:
            self._active = self.second

    def assign(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
        **kwargs,
    ) -> AssignResult:
        """Match the priors of one image to its faces.

        Args:
            pred_instances: ``priors`` (n, 4), boxes (x1, y1, x2, y2) in pixels of the
                network's input: tiled, or refined by the first step.
            gt_instances: ``bboxes`` (k, 4) and ``labels`` (k,).
            gt_instances_ignore: ``bboxes`` (m, 4) of regions to be ignored.

        Returns:
            AssignResult with ``gt_inds`` (n,): i > 0 is face i - 1, 0 is background,
            -1 is ignored.
        """
        result = self._active.assign(
            pred_instances, gt_instances, gt_instances_ignore, **kwargs
        )
        if self.max_positives is not None and self._active is self.second:
            _ignore_beyond(result, self.max_positives)
        return result


def _ignore_beyond(result: AssignResult, number: int) -> None:
    """Of each face's anchors ignore all but its so many best ones, in place."""
    pos = (result.gt_inds > 0).nonzero()[:, 0]
    pos = pos[result.max_overlaps[pos].argsort(descending=True, stable=True)]
    pos = pos[result.gt_inds[pos].argsort(stable=True)]  # by face, then by overlap
    face = result.gt_inds[pos]
    rank = torch.arange(len(pos), device=pos.device) - torch.searchsorted(face, face)
    beyond = pos[rank >= number]
    result.gt_inds[beyond] = -1
    result.labels[beyond] = -1


def _check(assigner: BaseAssigner) -> None:
    """Try it on two priors and a face; what it lacks then it would lack in training."""
    if isinstance(assigner, TwoStepAssigner):
        raise ValueError('TwoStepAssigner in a TwoStepAssigner: each step has one rule')
    with torch.device('cpu'):  # also where a network is built without memory
        priors = torch.tensor([[0.0, 0, 8, 8], [8.0, 8, 16, 16]])
        face = InstanceData(bboxes=priors[:1], labels=torch.zeros(1, dtype=torch.long))
        try:
            assigner.assign(
                pred_instances=InstanceData(priors=priors), gt_instances=face
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise TypeError(
                f'TwoStepAssigner: {type(assigner).__name__} wants more than the priors '
                'and the boxes with their labels, which is all that there is '
                f'({error})'
            ) from None
