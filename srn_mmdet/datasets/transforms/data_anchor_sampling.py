"""Data-anchor-sampling (Tang et al., PyramidBox, ECCV 2018, section 3.3)."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import autocast_box_type


@TRANSFORMS.register_module()
class DataAnchorSampling(BaseTransform):
    """Resize the image so that a random face gets a random size, and crop around it.

    A face of side s = sqrt(w * h) is drawn, and the entry nearest to s in ``sizes``. A
    target is drawn among the entries up to the next larger one, and the face's new side
    from [target / 2, target * 2) (for the target next to the face's own entry, that is
    the largest, from [target / 2, min(target * 2, 2 * s)): small faces become many and
    are not blown up). The crop of ``crop_size`` x ``crop_size`` px holds the face where
    it fits, else its centre; what lies outside the image is zero. Faces whose centre
    lies in the crop stay, clipped to it.

    Only the part that is kept is resized. An image without faces gets a random crop.

    Required keys: img; gt_bboxes (HorizontalBoxes), gt_bboxes_labels, gt_ignore_flags
    where there are any. Changed: these, img_shape.

    Args:
        crop_size: Side of the result in pixels.
        sizes: Sides of the anchors that a face's side is compared to, ascending.
        prob: Share of the images this is done to; the others are left as they are.
        min_side: Faces whose longer side ends below this many pixels are ignored: too
            small to be learnt, too much of a face to be background.
    """

    def __init__(
        self,
        crop_size: int = 640,
        sizes: Sequence[float] = (16, 32, 64, 128, 256, 512),
        prob: float = 1.0,
        min_side: float = 0.0,
    ) -> None:
        assert crop_size >= 1, f'crop_size={crop_size}: wants 1 or more'
        assert sizes and list(sizes) == sorted(sizes) and sizes[0] > 0, (
            f'sizes={sizes}: wants ascending sizes above 0'
        )
        assert 0 <= prob <= 1, f'prob={prob} is not in [0, 1]'
        self.crop_size = crop_size
        self.sizes = tuple(sizes)
        self.prob = prob
        self.min_side = min_side

    @cache_randomness
    def _draw(
        self, shape: tuple[int, int], faces: np.ndarray
    ) -> tuple[float, float, float] | None:
        """(factor, x1, y1): the resize and the crop's corner in the resized image.

        Args:
            shape: Height and width of the image.
            faces: (n, 4) faces with an area, not ignored; n may be 0.
        """
        if np.random.rand() >= self.prob:
            return None
        if not len(faces):
            factor, face = 1.0, None
        else:
            face = faces[np.random.randint(len(faces))]
            side = float(np.sqrt((face[2] - face[0]) * (face[3] - face[1])))
            factor = self._draw_side(side) / side
        corner = [
            self._draw_corner(size * factor, None if face is None else ends * factor)
            for size, ends in (
                (shape[1], None if face is None else face[0::2]),
                (shape[0], None if face is None else face[1::2]),
            )
        ]
        return factor, *corner

    def _draw_side(self, side: float) -> float:
        nearest = int(np.argmin(np.abs(np.subtract(self.sizes, side))))
        last = min(nearest + 1, len(self.sizes) - 1)
        choice = np.random.randint(last + 1)
        target = self.sizes[choice]
        high = min(target * 2, 2 * side) if choice == last else target * 2
        return np.random.uniform(target / 2, max(high, target / 2))

    def _draw_corner(self, length: float, ends: np.ndarray | None) -> float:
        """Where the crop begins along one axis of the resized image."""
        size = self.crop_size
        low, high = min(0.0, length - size), max(0.0, length - size)
        if ends is not None:
            # around the face where it fits, else within it and around its centre
            hold_low, hold_high = sorted((ends[1] - size, ends[0]))
            centre = (ends[0] + ends[1]) / 2
            hold_low = max(hold_low, centre - size + 1)
            hold_high = min(hold_high, centre - 1)
            low, high = np.clip((low, high), hold_low, hold_high)
        return np.random.uniform(low, high)

    @autocast_box_type()
    def transform(self, results: dict) -> dict:
        img = results['img']
        boxes = results.get('gt_bboxes')
        faces = np.zeros((0, 4), np.float32)
        if boxes is not None:
            faces = boxes.numpy()
            valid = (faces[:, 2:] > faces[:, :2]).all(1)
            if 'gt_ignore_flags' in results:
                valid &= ~np.asarray(results['gt_ignore_flags'], bool)
            faces = faces[valid]
        drawn = self._draw(img.shape[:2], faces)
        if drawn is None:
            return results
        factor, x1, y1 = drawn
        size = self.crop_size
        # a pixel's centre is at + .5: so the crop's pixel i is at (i + x1 + .5) / factor
        back = 1 / factor
        matrix = np.array(
            [
                [back, 0, (x1 + 0.5) * back - 0.5],
                [0, back, (y1 + 0.5) * back - 0.5],
            ]
        )
        results['img'] = _sample(img, matrix, size)
        results['img_shape'] = (size, size)
        if boxes is None:
            return results
        boxes = boxes.clone()
        boxes.rescale_((factor, factor))
        boxes.translate_([-x1, -y1])
        centres = boxes.centers.numpy()
        keep = ((centres >= 0) & (centres < size)).all(1)
        boxes = boxes[keep]
        sides = np.maximum(boxes.widths.numpy(), boxes.heights.numpy())
        boxes.clip_([size, size])
        results['gt_bboxes'] = boxes
        for key in ('gt_bboxes_labels', 'gt_ignore_flags'):
            if key in results:
                results[key] = results[key][keep]
        if 'gt_ignore_flags' in results:
            results['gt_ignore_flags'] = results['gt_ignore_flags'] | (
                sides < self.min_side
            )
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(crop_size={self.crop_size}, sizes={self.sizes}, '
            f'prob={self.prob}, min_side={self.min_side})'
        )


def _sample(img: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Fill (size, size) from ``img``; ``matrix`` leads from the result to the image.

    Reduced by more than 2, the image is averaged first, or fine detail would alias.
    """
    back = matrix[0, 0]
    shrink = int(back)
    if shrink >= 2:
        # only what the result shows, to whole cells of shrink x shrink pixels
        (h, w), offset = img.shape[:2], matrix[:, 2]
        low = np.maximum(np.floor(offset / shrink).astype(int) * shrink, 0)
        high = np.minimum(np.ceil(offset + (size + 1) * back).astype(int), (w, h))
        part = img[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]
        cells = [max(length // shrink, 1) for length in part.shape[:2]]
        part = part[: cells[0] * shrink, : cells[1] * shrink]
        factors = [part.shape[i] / cells[i] for i in (0, 1)]
        img = cv2.resize(part, cells[::-1], interpolation=cv2.INTER_AREA)
        matrix = matrix.copy()
        for axis, factor in ((0, factors[1]), (1, factors[0])):
            matrix[axis, axis] /= factor
            matrix[axis, 2] = (matrix[axis, 2] - low[axis] + 0.5) / factor - 0.5
    return cv2.warpAffine(
        img,
        matrix,
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    )
