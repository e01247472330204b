"""What the steps of the package's own detector did with pictures that have real faces."""

import cv2
import numpy as np
import pytest
import torch

from srn_mmdet.apis.inferencer import SRNInferencer
from srn_mmdet.apis.steps import look_at_steps
from srn_mmdet.demo.portrait import group, portrait


@pytest.fixture(scope='module')
def detect():
    torch.set_num_threads(1)
    return SRNInferencer(device='cpu')


@pytest.fixture(scope='module')
def steps(detect):
    return look_at_steps(detect, group())


def test_the_boxes_are_the_detectors_and_it_is_left_as_it_was(detect, steps):
    np.testing.assert_array_equal(detect(group()), steps.boxes)
    assert not {'forward_first', 'dropped', 'refine'} & set(
        vars(detect.model.bbox_head)
    )
    assert 'test_step' not in vars(detect.model)


def test_small_faces_are_left_and_empty_wall_is_dropped(steps):
    level = steps.filtered[1]
    assert level.stride == 8 and level.cell == (8, 8)
    at = {
        name: (y // 8, x // 8)
        for name, (x, y) in dict(face=(631, 429), wall=(1060, 650)).items()
    }
    assert level.left[at['face']] > 0 and level.scores[at['face']] > 0.05
    assert level.left[at['wall']] == 0 and level.scores[at['wall']] <= 0.05
    assert 0.9 < level.dropped_share < 1


def test_the_anchors_of_a_face_come_closer_to_it(steps):
    for level in steps.moved:
        assert (
            len(level.before) == len(level.after) == len(level.faces) == len(level.ious)
        )
        assert (level.ious[:, 1] >= 0.5).all()
    best = int(np.flatnonzero(steps.boxes[:, 3] - steps.boxes[:, 1] > 200)[0])
    ious = np.concatenate([level.ious[level.faces == best] for level in steps.moved])
    assert len(ious) > 4 and ious[:, 1].mean() > ious[:, 0].mean() + 0.05


def test_a_reduced_picture_has_cells_and_anchors_in_its_own_pixels(steps):
    small = SRNInferencer(device='cpu', max_side=540)
    half = look_at_steps(small, group())
    assert half.filtered[0].cell == pytest.approx((8, 8))
    largest = half.boxes[half.boxes[:, 3] - half.boxes[:, 1] > 180][0]
    anchors = np.concatenate([level.after for level in half.moved])
    assert (np.abs(anchors - largest[:4]).max(1) < 60).any()


def test_a_picture_without_faces_has_steps_too(detect):
    steps = look_at_steps(detect, np.full((64, 96, 3), 128, np.uint8))
    assert len(steps.filtered) == 3
    assert all(len(level.before) == 0 for level in steps.moved) or len(steps.boxes)


def test_another_detector_has_boxes_and_no_steps(detect):
    class OneStep:
        model = torch.nn.Identity()

        def __call__(self, image):
            return np.array([[1, 2, 3, 4, 0.5]], np.float32)

    steps = look_at_steps(OneStep(), portrait())
    assert len(steps.boxes) == 1 and steps.filtered == steps.moved == []


def test_a_picture_may_be_a_file_and_a_detector_without_a_network_is_refused(
    detect, tmp_path
):
    cv2.imwrite(str(tmp_path / 'a.png'), portrait())
    found = look_at_steps(detect, tmp_path / 'a.png')
    np.testing.assert_array_equal(found.boxes, look_at_steps(detect, portrait()).boxes)
    with pytest.raises(TypeError, match='^function: wants an SRNInferencer'):
        look_at_steps(lambda image: image, portrait())
