import numpy as np
import pytest
from mmcv.transforms import Compose
from mmdet.registry import TRANSFORMS

from tests.test_datasets.test_transforms.test_random_square_crop import results


@TRANSFORMS.register_module()
class SeededDistortion:
    """Photometric distortion whose draws do not depend on those of others."""

    def __init__(self, seed):
        self.seed = seed
        self.distortion = TRANSFORMS.build(dict(type='PhotoMetricDistortion'))

    def __call__(self, results):
        state = np.random.get_state()
        np.random.seed(self.seed)
        results = self.distortion(results)
        np.random.set_state(state)
        return results


CROP = dict(scales=(0.3, 0.45, 0.6, 0.8, 1.0))
BOXES = {
    'no-faces': [],
    'one-face': [[10, 10, 20, 22]],
    'three-faces': [[10, 10, 20, 22], [50, 30, 60, 42], [80, 5, 90, 17]],
}


@pytest.mark.parametrize('boxes', BOXES.values(), ids=BOXES)
def test_equals_distortion_expansion_and_crop_of_the_whole_image(boxes):
    """The paper's order, on the same draws; squares of all kinds are among them."""
    shapes = set()
    for seed in range(60):
        distortion = dict(type='SeededDistortion', seed=seed)
        naive = [
            distortion,
            dict(type='Expand', mean=(0, 0, 0), to_rgb=False, prob=0.5),
            dict(type='RandomSquareCrop', **CROP),
        ]
        ours = [dict(type='ExpandSquareCrop', transforms=[distortion], **CROP)]
        found = []
        for pipeline in (naive, ours):
            np.random.seed(seed)
            data = results(boxes, [False, True, False][: len(boxes)])
            found.append(Compose(pipeline)(data))
        wanted, out = found
        np.testing.assert_array_equal(out['img'], wanted['img'])
        assert out['img_shape'] == wanted['img_shape']
        assert out['gt_bboxes'].tensor.equal(wanted['gt_bboxes'].tensor)
        for key in ('gt_bboxes_labels', 'gt_ignore_flags'):
            np.testing.assert_array_equal(out[key], wanted[key])
        shapes.add(out['img'].shape[0] > 60)
    assert shapes == {True, False}  # with and without black around the image


def test_what_is_cropped_away_is_not_distorted():
    seen = []

    @TRANSFORMS.register_module(name='Spy', force=True)
    class Spy:
        def __call__(self, results):
            seen.append(results['img'].shape[:2])
            return results

    crop = TRANSFORMS.build(
        dict(
            type='ExpandSquareCrop',
            prob=1.0,
            ratio_range=(4, 4),
            scales=(1.0,),
            transforms=[dict(type='Spy')],
        )
    )
    np.random.seed(0)
    data = crop(results([[10, 10, 20, 22]]))
    assert data['img'].shape == (240, 240, 3)
    assert len(seen) == 1 and seen[0][0] <= 60 and seen[0][1] <= 90


def test_images_without_annotations_are_cropped_too():
    np.random.seed(0)
    crop = TRANSFORMS.build(dict(type='ExpandSquareCrop'))
    out = crop(dict(img=np.zeros((60, 90, 3), np.uint8)))
    assert out['img'].shape[0] == out['img'].shape[1] == out['img_shape'][0]


def test_a_canvas_smaller_than_the_image_is_refused():
    with pytest.raises(AssertionError, match=r'ratio_range=\(0\.5, 2\)'):
        TRANSFORMS.build(dict(type='ExpandSquareCrop', ratio_range=(0.5, 2)))
