import numpy as np
import pytest
import torch
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

SIZES = (16, 32, 64, 128, 256, 512)


def results(boxes, ignore=None, size=(300, 400), image=None):
    ignore = ignore or [False] * len(boxes)
    if image is None:
        y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
        image = np.stack([y, x, np.ones_like(x)], -1)  # each pixel says where it is
    return dict(
        img=image,
        img_shape=image.shape[:2],
        gt_bboxes=HorizontalBoxes(
            torch.tensor(boxes, dtype=torch.float).reshape(-1, 4)
        ),
        gt_bboxes_labels=np.zeros(len(boxes), int),
        gt_ignore_flags=np.array(ignore, bool),
    )


def build(**kwargs):
    return TRANSFORMS.build(dict(type='DataAnchorSampling', **kwargs))


@pytest.mark.parametrize('seed', range(8))
def test_faces_stay_on_their_pixels(seed):
    np.random.seed(seed)
    face = [150.0, 100, 190, 150]
    out = build(crop_size=256)(results([face]))
    assert out['img'].shape == (256, 256, 3) and out['img_shape'] == (256, 256)
    x1, y1, x2, y2 = out['gt_bboxes'].tensor[0].tolist()
    # the pixel at the middle of the face still shows the middle of the face
    x, y = (x1 + x2) / 2 - 0.5, (y1 + y2) / 2 - 0.5
    factor = (x2 - x1) / 40 if x1 > 0 and x2 < 256 else None
    shown = out['img'][int(y), int(x)]
    fraction = np.array([y % 1, x % 1])
    if factor:
        expected = np.array([124.5, 169.5]) - fraction / factor
        assert shown[2] == pytest.approx(1, abs=1e-3)
        np.testing.assert_allclose(shown[:2], expected, atol=0.75 / factor + 0.05)


def test_the_face_has_the_side_that_was_drawn_and_lies_in_the_crop():
    """Side 44.7 is nearest to 32: targets 16, 32 and 64, so 8 to 89.4 px."""
    sides = []
    for seed in range(300):
        np.random.seed(seed)
        out = build(crop_size=256)(results([[150.0, 100, 190, 150]]))
        box = out['gt_bboxes'].tensor[0]
        assert box.min() >= 0 and box.max() <= 256
        sides.append(float(((box[2] - box[0]) * (box[3] - box[1])).sqrt()))
    sides = np.array(sides)
    assert 8 <= sides.min() < 10 and 80 < sides.max() <= 2 * 44.73
    # one draw in three has the target 16, uniform over 8 to 32
    assert np.mean(sides < 16) == pytest.approx(1 / 3 * 8 / 24, abs=0.05)


def test_a_face_larger_than_the_crop_is_not_lost():
    for seed in range(50):
        np.random.seed(seed)
        out = build(crop_size=64)(results([[20.0, 20, 280, 280]]))
        assert len(out['gt_bboxes']) == 1


def test_a_small_face_is_at_most_doubled():
    for seed in range(50):
        np.random.seed(seed)
        out = build()(results([[100.0, 100, 120, 120]]))  # nearest 16; targets 16, 32
        box = out['gt_bboxes'].tensor[0]
        assert box[2] - box[0] <= 40.001


def test_ignored_faces_and_faces_without_area_are_not_drawn():
    data = [[10.0, 10, 50, 60], [100, 100, 100, 120], [300, 200, 320, 225]]
    transform = build(crop_size=64)
    valid = transform._draw
    seen = []
    transform._draw = lambda shape, faces: seen.append(faces) or valid(shape, faces)
    transform(results(data, ignore=[True, False, False]))
    assert seen[0].tolist() == [data[2]]


def test_faces_that_become_too_small_are_ignored_not_background():
    data = [[100.0, 100, 200, 200], [205, 105, 209, 110]]
    np.random.seed(1)
    for _ in range(50):
        out = build(crop_size=640, min_side=6)(results(data))
        sides = out['gt_bboxes'].tensor[:, 2:] - out['gt_bboxes'].tensor[:, :2]
        small = sides.amax(1) < 5.9
        assert out['gt_ignore_flags'][small.numpy()].all()
        assert len(out['gt_bboxes_labels']) == len(sides) == len(out['gt_ignore_flags'])


def test_an_image_without_faces_is_cropped_at_its_own_scale():
    np.random.seed(0)
    out = build(crop_size=100)(results([]))
    step = out['img'][50, 51] - out['img'][50, 50]
    np.testing.assert_allclose(step[:2], [0, 1], atol=1e-3)
    assert len(out['gt_bboxes']) == 0


def test_what_lies_outside_is_zero():
    np.random.seed(0)
    out = build(crop_size=600)(results([], size=(300, 400)))
    assert (out['img'][..., 2] > 0.5).sum() == 300 * 400
    assert (out['img'][..., 2] == 0).sum() >= 600 * 600 - 302 * 402


def test_a_reduced_image_is_averaged_not_picked():
    """A checkerboard of single pixels, reduced by about 8 or more, is grey."""
    y, x = np.mgrid[:512, :512]
    board = np.repeat((((x + y) % 2) * 255).astype(np.uint8)[..., None], 3, 2)
    face = [[100.0, 100, 356, 356]]  # 256: targets from 16
    for seed in range(30):
        np.random.seed(seed)
        out = build(crop_size=64)(results(face, image=board))
        if np.ptp(out['gt_bboxes'].tensor[0].numpy()[::2]) < 32:
            inner = out['img'][16:48, 16:48]
            shown = inner[inner > 0]
            assert not len(shown) or np.abs(shown.astype(float) - 127).max() < 40
            return
    pytest.fail('no seed reduced the face')


def test_prob_zero_changes_nothing():
    data = results([[10.0, 10, 50, 60]])
    image = data['img'].copy()
    out = build(prob=0.0)(data)
    np.testing.assert_array_equal(out['img'], image)


@pytest.mark.parametrize(
    'wrong', [dict(crop_size=0), dict(sizes=(32, 16)), dict(prob=1.5)]
)
def test_wrong_arguments_are_named(wrong):
    with pytest.raises(AssertionError, match=next(iter(wrong))):
        build(**wrong)
