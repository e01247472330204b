"""The multi-scale test of the authors' release: which views of an image it takes."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.datasets.transforms import PackDetInputs
from mmdet.registry import TRANSFORMS

from ...checked_arguments import whole


class View(NamedTuple):
    """How a view is made, and which of its boxes count.

    Attributes:
        steps: Factors by which the image is resized, one after the other.
        flip: Whether it is then flipped from left to right.
        longer_over: Keep boxes whose longer side, in the image, is over this.
        shorter_under: Keep boxes whose shorter side is under this.
    """

    steps: tuple[float, ...] = ()
    flip: bool = False
    longer_over: float | None = None
    shorter_under: float | None = None

    @property
    def scale(self) -> float:
        return math.prod(self.steps)


def release_views(
    height: int,
    width: int,
    max_size: int,
    shrunk_over: float = 30,
    enlarged_under: float = 100,
) -> list[View]:
    """The views of an image of this size.

    An image under the area budget of ``max_size``^2 px: as it is, flipped, halved,
    enlarged by 1.5^k as far as the budget goes, and enlarged to the budget itself. One
    over it: reduced to the budget, that flipped, and that again by .75 and by .5. Of
    reduced views only large boxes count, of enlarged ones only small boxes.

    Source: the authors' release, `tools/test.py`.
    """
    budget = max_size * max_size
    if height * width < budget:
        num_enlarged = math.floor(math.log(budget / width / height, 2.25))
        enlarged = [1.5 ** (k + 1) for k in range(num_enlarged)]
        enlarged.append(math.sqrt(budget / height / width))
        return [
            View(),
            View(flip=True),
            View((0.5,), longer_over=shrunk_over),
            *(View((scale,), shorter_under=enlarged_under) for scale in enlarged),
        ]
    fit = math.sqrt(budget / width / height)
    return [
        View((fit,)),
        View((fit,), flip=True),
        View((fit, 0.75), longer_over=shrunk_over),
        View((fit, 0.5), longer_over=shrunk_over),
    ]


@TRANSFORMS.register_module()
class MultiScaleViews(BaseTransform):
    """An image -> its views, in the form of TestTimeAug; a pipeline's last transform.

    Views differ in number from image to image, so this wants batches of one image. For
    BoxVotingTTAModel.

    Required keys: img, img_path, ori_shape. Result: ``inputs`` and ``data_samples``,
    lists of one entry a view, as PackDetInputs makes them; a sample's ``view`` says how
    it was made, and its ``scale_factor`` is 1: boxes stay in pixels of the view.

    Args:
        max_size: Root of the area budget in pixels; the release takes 2100 on GPUs of
            24 GB and 1400 on those of 11 GB.
        shrunk_over: Of reduced views keep boxes whose longer side is over this (px).
        enlarged_under: Of enlarged ones keep those whose shorter side is under this.
        meta_keys: What else goes into the samples.
    """

    def __init__(
        self,
        max_size: int = 1400,
        shrunk_over: float = 30,
        enlarged_under: float = 100,
        meta_keys: Sequence[str] = ('img_id', 'img_path', 'ori_shape'),
    ) -> None:
        self.max_size = whole(max_size, 'max_size', 32)
        self.shrunk_over = shrunk_over
        self.enlarged_under = enlarged_under
        self.pack = PackDetInputs((*meta_keys, 'img_shape', 'scale_factor', 'view'))

    def transform(self, results: dict) -> dict:
        packed = [self.pack(view) for view in self._views(results)]
        return {key: [view[key] for view in packed] for key in packed[0]}

    def _views(self, results: dict) -> Iterator[dict]:
        height, width = results['img'].shape[:2]
        args = (height, width, self.max_size, self.shrunk_over, self.enlarged_under)
        for view in release_views(*args):
            img = results['img']
            for factor in view.steps:
                img = resize(img, factor)
            if view.flip:
                img = np.ascontiguousarray(img[:, ::-1])
            yield dict(
                results,
                img=img,
                img_shape=img.shape[:2],
                scale_factor=(1.0, 1.0),
                view=dict(
                    scale=view.scale,
                    flip=view.flip,
                    longer_over=view.longer_over,
                    shorter_under=view.shorter_under,
                ),
            )

    def __repr__(self) -> str:
        return f'{type(self).__name__}(max_size={self.max_size})'


def resize(img: np.ndarray, factor: float) -> np.ndarray:
    """Resize by OpenCV's own factor.

    Given a size instead, as mmcv does, OpenCV samples by the ratio of the rounded sizes,
    which moves pixels by up to half a pixel over the image.
    """
    return cv2.resize(img, (0, 0), fx=factor, fy=factor)
