import math

import cv2
import numpy as np
import pytest
from mmdet.registry import TRANSFORMS

from srn_mmdet.datasets.transforms.multi_scale_views import release_views, resize


def test_views_of_an_image_under_the_budget_by_hand():
    """1400^2 / (640 x 480) = 6.38 = 2.25^2.28: two enlargements, then the budget."""
    views = release_views(480, 640, max_size=1400)
    assert [view.scale for view in views] == pytest.approx(
        [1, 1, 0.5, 1.5, 2.25, math.sqrt(1400**2 / 480 / 640)]
    )
    assert [view.flip for view in views] == [False, True, False, False, False, False]
    assert [view.longer_over for view in views] == [None, None, 30, None, None, None]
    assert [view.shorter_under for view in views] == [None, None, None, 100, 100, 100]


def test_views_of_an_image_over_the_budget_by_hand():
    """2000 x 800 is brought to 1000 x 400, then reduced from there."""
    views = release_views(800, 2000, max_size=math.sqrt(400_000))
    assert [view.scale for view in views] == pytest.approx([0.5, 0.5, 0.375, 0.25])
    assert [len(view.steps) for view in views] == [1, 1, 2, 2]
    assert [view.flip for view in views] == [False, True, False, False]
    assert [view.longer_over for view in views] == [None, None, 30, 30]


def test_an_image_of_the_budgets_size_is_over_it():
    assert [v.scale for v in release_views(100, 100, 100)] == [1, 1, 0.75, 0.5]


def run(image, **kwargs):
    results = dict(img=image, img_path='a/b.jpg', img_id=7, ori_shape=image.shape[:2])
    return TRANSFORMS.build(dict(type='MultiScaleViews', **kwargs))(results)


def test_packs_each_view_with_its_own_size():
    image = np.random.default_rng(0).integers(0, 255, (61, 95, 3), np.uint8)
    out = run(image, max_size=150)
    sizes = [tuple(view.shape[1:]) for view in out['inputs']]
    assert sizes == [sample.img_shape for sample in out['data_samples']]
    assert sizes[:4] == [(61, 95), (61, 95), (30, 48), (92, 142)]  # to even at .5
    np.testing.assert_array_equal(out['inputs'][0].permute(1, 2, 0), image)
    np.testing.assert_array_equal(out['inputs'][1].permute(1, 2, 0), image[:, ::-1])
    assert {s.img_path for s in out['data_samples']} == {'a/b.jpg'}
    assert {s.scale_factor for s in out['data_samples']} == {(1.0, 1.0)}
    assert {s.ori_shape for s in out['data_samples']} == {(61, 95)}


def test_a_second_reduction_starts_from_the_first():
    image = np.random.default_rng(0).integers(0, 255, (101, 203, 3), np.uint8)
    out = run(image, max_size=90)
    fit = math.sqrt(90 * 90 / 203 / 101)
    expected = resize(resize(image, fit), 0.5)
    np.testing.assert_array_equal(out['inputs'][3].permute(1, 2, 0), expected)


def test_resize_samples_by_the_factor_not_by_the_ratio_of_rounded_sizes():
    """A ramp of 10 px enlarged by 1.26: pixel i shows (i + .5) / 1.26 - .5."""
    ramp = np.tile(np.arange(10, dtype=np.float32) * 100, (3, 1))
    row = resize(ramp, 1.26)[1]
    assert len(row) == 13  # 12.6, rounded
    at = (np.arange(1, 11) + 0.5) / 1.26 - 0.5
    np.testing.assert_allclose(row[1:11], at * 100, atol=0.5)
    by_size = cv2.resize(ramp, (13, 4))[1]
    assert np.abs(by_size[1:11] - at * 100).max() > 10
