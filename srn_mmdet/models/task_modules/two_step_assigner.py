"""The matching of two-step detectors: one rule a step, and what the first step leaves.

Contract: ``assign`` without anything else is the second step's matching, so the assigner
also serves in the ``train_cfg`` of any one-step head. Inside ``with
assigner.first_step():`` it is the first step's.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from mmdet.models.task_modules.assigners import AssignResult, BaseAssigner
from mmdet.registry import TASK_UTILS
from mmengine.structures import InstanceData


@TASK_UTILS.register_module()
class TwoStepAssigner(BaseAssigner):
    """Matches anchors to faces in two steps (SRN paper, section 3.1 and 3.2).

    The first step matches the tiled anchors strictly (.7/.3), the second what the first
    left, refined where the first refined (.5/.4).

    Args:
        first: Config of the first step's assigner.
        second: Config of the second step's assigner.
        score_thr: First-step face probability up to which a negative counts as easy
            (1 - theta); only used where ``first_scores`` is given to :meth:`assign`.
            SRN's head goes by its own ``stc_score_thr``.
    """

    def __init__(self, first: dict, second: dict, score_thr: float = 0.01) -> None:
        self.first = TASK_UTILS.build(first)
        self.second = TASK_UTILS.build(second)
        self.score_thr = score_thr
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
                network's input: tiled, or refined by the first step. In the second step,
                an optional ``first_scores`` (n,), the first step's face probability:
                negatives at or below ``score_thr`` are then ignored.
            gt_instances: ``bboxes`` (k, 4) and ``labels`` (k,).
            gt_instances_ignore: ``bboxes`` (m, 4) of regions to be ignored.

        Returns:
            AssignResult with ``gt_inds`` (n,): i > 0 is face i - 1, 0 is background,
            -1 is ignored.
        """
        result = self._active.assign(
            pred_instances, gt_instances, gt_instances_ignore, **kwargs
        )
        if self._active is self.second and 'first_scores' in pred_instances:
            easy = pred_instances.first_scores <= self.score_thr
            result.gt_inds[easy & (result.gt_inds == 0)] = -1
        return result
