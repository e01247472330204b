"""Random square crops for face detectors (SRN paper, section 4.1)."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes, autocast_box_type


@TRANSFORMS.register_module()
class RandomSquareCrop(BaseTransform):
    """Cut a random square out of the image.

    Its side is the image's shorter side times one of ``scales``. Faces whose centre lies
    in the square stay, clipped to it; the others go. Where the image has faces, up to
    ``num_attempts`` squares are drawn until one holds the centre of a face that is not
    ignored; an image without faces gets the first.

    Required keys: img; gt_bboxes (HorizontalBoxes, (n, 4), pixels of the image),
    gt_bboxes_labels, gt_ignore_flags where there are any. Changed: these, img_shape.

    Args:
        scales: Sides, relative to the shorter side of the image.
        num_attempts: Squares drawn at the most.
    """

    def __init__(
        self,
        scales: Sequence[float] = (0.3, 0.45, 0.6, 0.8, 1.0),
        num_attempts: int = 50,
    ) -> None:
        assert scales and all(0 < scale <= 1 for scale in scales), (
            f'scales={scales}: each must be in (0, 1]'
        )
        assert num_attempts >= 1, f'num_attempts={num_attempts}: wants 1 or more'
        self.scales = tuple(scales)
        self.num_attempts = num_attempts

    @cache_randomness
    def _draw(
        self, height: int, width: int, centres: np.ndarray
    ) -> tuple[int, int, int]:
        """A square (x1, y1, side) for faces with these centres (n, 2)."""
        first = None
        for _ in range(self.num_attempts):
            side = max(int(np.random.choice(self.scales) * min(height, width)), 1)
            x1 = np.random.randint(0, width - side + 1)
            y1 = np.random.randint(0, height - side + 1)
            first = first or (x1, y1, side)
            if _inside(centres, x1, y1, side).any():
                return x1, y1, side
            if not len(centres):
                break
        return first

    @autocast_box_type()
    def transform(self, results: dict) -> dict:
        x1, y1, side = self._cut(results, *results['img'].shape[:2])
        # a copy: a view would keep the whole image alive and is not contiguous
        results['img'] = results['img'][y1 : y1 + side, x1 : x1 + side].copy()
        return results

    def _cut(self, results: dict, height: int, width: int) -> tuple[int, int, int]:
        """Draw a square of an image of this size, and cut all but the pixels to it.

        Returns:
            (x1, y1, side).
        """
        boxes = results.get('gt_bboxes')
        if boxes is None:
            boxes = HorizontalBoxes(np.zeros((0, 4), np.float32))
        centres = boxes.centers.numpy()
        valid = np.ones(len(centres), bool)
        if 'gt_ignore_flags' in results:
            valid = ~np.asarray(results['gt_ignore_flags'], bool)
        x1, y1, side = self._draw(height, width, centres[valid])

        results['img_shape'] = (side, side)
        keep = _inside(centres, x1, y1, side)
        if 'gt_bboxes' in results:
            boxes = boxes[keep]
            boxes.translate_([-x1, -y1])
            boxes.clip_([side, side])
            results['gt_bboxes'] = boxes
        for key in ('gt_bboxes_labels', 'gt_ignore_flags'):
            if key in results:
                results[key] = results[key][keep]
        return x1, y1, side

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(scales={self.scales}, '
            f'num_attempts={self.num_attempts})'
        )


def _inside(centres: np.ndarray, x1: int, y1: int, side: int) -> np.ndarray:
    """Which of the points (n, 2) lie in the square."""
    return ((centres >= (x1, y1)) & (centres < (x1 + side, y1 + side))).all(1)
