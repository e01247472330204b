"""Expansion and square crop in one, at the cost of what is seen of the image."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import Compose
from mmcv.transforms.utils import cache_randomness
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import autocast_box_type

from .random_square_crop import RandomSquareCrop


@TRANSFORMS.register_module()
class ExpandSquareCrop(RandomSquareCrop):
    """mmdet's Expand, then RandomSquareCrop, without the canvas between them.

    The image lies somewhere on a black canvas of ``ratio_range`` times its size, or is
    taken as it is; a square is cut out of that. Same draws, same result; but only the
    square is made, not up to 16 times the image. ``transforms`` work on the part of the
    image that is seen, before the black around it: for those that work point by point
    this is the same as on the whole image in the beginning, where the paper has them.

    Required and changed keys are RandomSquareCrop's.

    Args:
        prob: Share of the images this is done to.
        ratio_range: Sides of the canvas, relative to the image's.
        transforms: Configs of transforms of the key ``img``, which keep its size.
        The other arguments are RandomSquareCrop's.
    """

    def __init__(
        self,
        *args,
        prob: float = 0.5,
        ratio_range: tuple[float, float] = (1, 4),
        transforms: Sequence[dict] = (),
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        assert 0 <= prob <= 1, f'prob={prob} is not in [0, 1]'
        assert 1 <= ratio_range[0] <= ratio_range[1], (
            f'ratio_range={ratio_range}: wants two rising numbers of 1 or more'
        )
        self.prob = prob
        self.ratio_range = tuple(ratio_range)
        self.transforms = Compose([TRANSFORMS.build(cfg) for cfg in transforms])

    @cache_randomness
    def _draw_canvas(self, height: int, width: int) -> tuple[int, int, int, int]:
        """The canvas' height and width, and the image's left and top on it."""
        # what mmdet's Expand draws, in its order
        if np.random.uniform(0, 1) > self.prob:
            return height, width, 0, 0
        ratio = np.random.uniform(*self.ratio_range)
        left = int(np.random.uniform(0, width * ratio - width))
        top = int(np.random.uniform(0, height * ratio - height))
        return int(height * ratio), int(width * ratio), left, top

    @autocast_box_type()
    def transform(self, results: dict) -> dict:
        img = results['img']
        height, width, left, top = self._draw_canvas(*img.shape[:2])
        if results.get('gt_bboxes') is not None:
            results['gt_bboxes'].translate_([left, top])
        x1, y1, side = self._cut(results, height, width)
        x1, y1 = x1 - left, y1 - top  # from the canvas to the image
        part = img[max(y1, 0) : max(y1 + side, 0), max(x1, 0) : max(x1 + side, 0)]
        if part.size:
            part = self.transforms(dict(img=part.copy()))['img']
        if part.shape[:2] != (side, side):
            square = np.zeros((side, side, img.shape[2]), part.dtype)
            y, x = max(-y1, 0), max(-x1, 0)
            square[y : y + part.shape[0], x : x + part.shape[1]] = part
            part = square
        results['img'] = part
        return results

    def __repr__(self) -> str:
        return (
            f'{super().__repr__()[:-1]}, prob={self.prob}, '
            f'ratio_range={self.ratio_range}, transforms={self.transforms})'
        )
