import numpy as np
import pytest
import torch

from srn_mmdet.models.layers import box_voting


def plain_loop(boxes, scores, iou_thr=0.5, drop_single=False, offset=1):
    order = np.argsort(-scores, kind='stable')
    boxes, scores, voted = boxes[order], scores[order], []
    while len(boxes):
        x1, y1 = np.maximum(boxes[0, :2], boxes[:, :2]).T
        x2, y2 = np.minimum(boxes[0, 2:], boxes[:, 2:]).T
        inter = np.maximum(0, x2 - x1 + offset) * np.maximum(0, y2 - y1 + offset)
        area = (boxes[:, 2:] - boxes[:, :2] + offset).prod(1)
        mine = inter / (area[0] + area - inter) >= iou_thr
        if mine.sum() > 1 or not drop_single:
            mean = np.average(boxes[mine], axis=0, weights=scores[mine])
            voted.append([*mean, scores[0]])
        boxes, scores = boxes[~mine], scores[~mine]
    return np.array(voted).reshape(-1, 5)


def crowd(boxes, faces, seed=0):
    """Boxes scattered around faces of 8 to 60 px."""
    rng = np.random.default_rng(seed)
    side = rng.uniform(8, 60, (faces, 1))
    which = rng.integers(faces, size=boxes)
    centre = (rng.uniform(0, 400, (faces, 2)) + side)[which]
    centre += rng.normal(0, 0.1, (boxes, 2)) * side[which]
    half = side[which] * np.exp(rng.normal(0, 0.15, (boxes, 2))) / 2
    return np.concatenate([centre - half, centre + half], 1), rng.uniform(0, 1, boxes)


@pytest.mark.parametrize('iou_thr', [0.3, 0.5, 0.8])
@pytest.mark.parametrize('drop_single', [False, True])
@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('boxes, faces', [(1500, 4), (1500, 150), (1500, 1500), (1, 1)])
def test_gives_what_a_plain_loop_gives(boxes, faces, offset, drop_single, iou_thr):
    data = crowd(boxes, faces)
    expected = plain_loop(*data, iou_thr, drop_single, offset)
    voted, scores = box_voting(
        *map(torch.from_numpy, data), iou_thr, drop_single, offset=offset
    )
    np.testing.assert_allclose(voted.numpy(), expected[:, :4], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(scores.numpy(), expected[:, 4])


def test_two_boxes_by_hand():
    """10 x 10 px each, 9 columns shared: IoU 90 / 110; the mean leans 3 : 1."""
    boxes = torch.tensor([[1.0, 0, 10, 9], [0, 0, 9, 9], [50, 50, 59, 59]])
    voted, scores = box_voting(boxes, torch.tensor([0.2, 0.6, 0.4]))
    torch.testing.assert_close(
        voted, torch.tensor([[0.25, 0, 9.25, 9], [50, 50, 59, 59]])
    )
    torch.testing.assert_close(scores, torch.tensor([0.6, 0.4]))


def test_an_overlap_at_the_threshold_votes():
    """5 x 10 px inside 10 x 10 px: IoU .5 exactly."""
    boxes = torch.tensor([[0.0, 0, 9, 9], [0, 0, 4, 9]])
    assert len(box_voting(boxes, torch.tensor([0.9, 0.8]))[0]) == 1


def test_single_boxes_go_only_when_asked_for():
    boxes = torch.tensor([[0.0, 0, 9, 9], [50, 50, 59, 59]])
    scores = torch.tensor([0.9, 0.8])
    assert len(box_voting(boxes, scores)[0]) == 2
    assert len(box_voting(boxes, scores, drop_single=True)[0]) == 0


@pytest.mark.parametrize('drop_single', [False, True])
def test_max_num_keeps_the_best(drop_single):
    data = [torch.from_numpy(x) for x in crowd(1500, 800)]
    all_boxes, all_scores = box_voting(*data, drop_single=drop_single)
    boxes, scores = box_voting(*data, drop_single=drop_single, max_num=40)
    assert torch.equal(boxes, all_boxes[:40]) and torch.equal(scores, all_scores[:40])


def test_faces_one_above_the_other_are_voted_as_those_side_by_side():
    boxes, scores = map(torch.from_numpy, crowd(1500, 150))
    boxes = boxes * torch.tensor([3.0, 1, 3, 1])
    turned, turned_scores = box_voting(boxes[:, [1, 0, 3, 2]], scores)
    expected, expected_scores = box_voting(boxes, scores)
    assert torch.equal(turned, expected[:, [1, 0, 3, 2]])
    assert torch.equal(turned_scores, expected_scores)


def test_a_box_whose_corners_are_out_of_order_stays_alone():
    boxes = torch.tensor([[0.0, 0, 9, 9], [30, 30, 20, 20], [0, 0, 9, 9]])
    voted, scores = box_voting(boxes, torch.tensor([0.7, 0.9, 0.8]))
    assert voted.tolist() == [[30, 30, 20, 20], [0, 0, 9, 9]]
    torch.testing.assert_close(scores, torch.tensor([0.9, 0.8]))


@pytest.mark.parametrize('odd', [float('nan'), float('inf')])
def test_boxes_that_are_not_finite_are_left_out(odd):
    boxes = torch.tensor([[0.0, 0, 9, odd], [0, 0, 9, 9]])
    voted, scores = box_voting(boxes, torch.tensor([0.9, 0.8]))
    assert voted.tolist() == [[0, 0, 9, 9]] and len(scores) == 1


def test_nothing_gives_nothing():
    boxes, scores = box_voting(torch.zeros(0, 4), torch.zeros(0))
    assert boxes.shape == (0, 4) and scores.shape == (0,)


def test_without_offset_the_unit_of_length_does_not_matter():
    """Boxes of no area, which overlap nothing, stay."""
    boxes, scores = map(torch.from_numpy, crowd(300, 30))
    boxes[3, 2] = boxes[3, 0]
    voted, best = box_voting(boxes, scores, offset=0)
    small, small_best = box_voting(boxes / 64, scores, offset=0)
    torch.testing.assert_close(small * 64, voted)
    assert torch.equal(small_best, best) and scores[3] in best
