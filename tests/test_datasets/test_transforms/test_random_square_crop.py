import numpy as np
import pytest
import torch
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes


def results(boxes, ignore=None, size=(60, 90)):
    height, width = size
    # each pixel says where it is
    y, x = np.mgrid[:height, :width]
    ignore = ignore or [False] * len(boxes)
    return dict(
        img=np.stack([y, x, x], -1).astype(np.uint8),
        gt_bboxes=HorizontalBoxes(
            torch.tensor(boxes, dtype=torch.float).reshape(-1, 4)
        ),
        gt_bboxes_labels=np.arange(len(boxes)),
        gt_ignore_flags=np.array(ignore, bool),
    )


def crop(data, seed=0, **kwargs):
    np.random.seed(seed)
    return TRANSFORMS.build(dict(type='RandomSquareCrop', **kwargs))(data)


@pytest.mark.parametrize('seed', range(10))
def test_faces_stay_with_their_centres_and_on_their_pixels(seed):
    boxes = [[10, 10, 20, 22], [50, 30, 60, 42], [80, 5, 90, 17]]
    out = crop(results(boxes), seed, scales=(0.5,))
    assert out['img'].shape == (30, 30, 3) and out['img_shape'] == (30, 30)
    y1, x1 = out['img'][0, 0, :2].astype(int)
    kept = [
        i
        for i, (a, b, c, d) in enumerate(boxes)
        if x1 <= (a + c) / 2 < x1 + 30 and y1 <= (b + d) / 2 < y1 + 30
    ]
    assert kept and out['gt_bboxes_labels'].tolist() == kept
    expected = np.array(boxes)[kept] - [x1, y1, x1, y1]
    np.testing.assert_array_equal(out['gt_bboxes'].tensor, expected.clip(0, 30))


def test_an_ignored_face_alone_does_not_attract_the_crop():
    """Only one of many squares holds the valid face; all but it hold the ignored."""
    boxes = [[0, 0, 4, 4], [30, 20, 60, 50]]
    for seed in range(5):
        out = crop(results(boxes, [False, True]), seed, scales=(0.5,), num_attempts=500)
        assert 0 in out['gt_bboxes_labels']


def test_flags_and_labels_go_with_their_boxes():
    out = crop(
        results([[10, 10, 20, 20], [15, 15, 25, 25]], [True, False]), scales=(1.0,)
    )
    for label, flag in zip(
        out['gt_bboxes_labels'], out['gt_ignore_flags'], strict=True
    ):
        assert flag == (label == 0)


def test_images_without_faces_are_cropped_too():
    out = crop(results([]))
    assert out['img'].shape[0] == out['img'].shape[1]
    assert len(out['gt_bboxes']) == 0


def test_a_seed_gives_the_same_crop():
    first, second = (crop(results([[10, 10, 20, 20]]), 3)['img'] for _ in range(2))
    assert np.array_equal(first, second)


def test_scales_that_leave_the_image_are_refused():
    with pytest.raises(AssertionError, match=r'scales=\(1\.5,\)'):
        crop(results([]), scales=(1.5,))
