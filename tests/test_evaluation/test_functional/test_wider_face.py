"""The protocol, worked out on paper.

One image, two faces of 9 x 9 (10 x 10 with the +1): A at x = 0, B at x = 100. B counts
only in the hard subset. Four detections by falling score: on A, again on A, on nothing,
on B.

hard  TP FP FP TP     recall .5 .5 .5 1    precision 1 1/2 1/3 1/2    AP .5 + .5 * .5
easy  TP FP FP ignored, one face: the first detection has it all       AP 1
"""

import numpy as np
import pytest

from srn_mmdet.evaluation.functional import (
    GroundTruth,
    average_precision,
    wider_face_ap,
)

A, B = (0.0, 0.0, 9.0, 9.0), (100.0, 0.0, 9.0, 9.0)
DETECTIONS = [(*A, 0.9), (*A, 0.8), (50.0, 50.0, 9.0, 9.0, 0.7), (*B, 0.6)]


def truth(**faces):
    boxes = {
        image: np.array(rows, float).reshape(-1, 4) for image, rows in faces.items()
    }
    every = {image: np.arange(len(rows)) for image, rows in boxes.items()}
    first = {image: np.arange(min(len(rows), 1)) for image, rows in boxes.items()}
    return GroundTruth(boxes, dict(easy=first, hard=every))


def ap(ground_truth, **detections):
    result = wider_face_ap(
        ground_truth,
        {k: np.array(v, float).reshape(-1, 5) for k, v in detections.items()},
    )
    return {subset: figures.ap for subset, figures in result.items()}


def test_case_on_paper():
    assert ap(truth(a=[A, B]), a=DETECTIONS) == {'easy': 1.0, 'hard': 0.75}


def test_curve_on_paper():
    result = wider_face_ap(truth(a=[A, B]), {'a': np.array(DETECTIONS)})['hard']
    # scores become 1, 2/3, 1/3, 0; thresholds .999, .998 ... 0
    at = [0, 400, 800, 999]  # .999, .599, .199, 0
    np.testing.assert_allclose(result.recall[at], [0.5, 0.5, 0.5, 1])
    np.testing.assert_allclose(result.precision[at], [1, 1 / 2, 1 / 3, 1 / 2])


def test_order_of_the_detections_does_not_matter():
    shuffled = [DETECTIONS[i] for i in (3, 1, 0, 2)]
    assert ap(truth(a=[A, B]), a=shuffled) == {'easy': 1.0, 'hard': 0.75}


@pytest.mark.parametrize('height, found', [(4.0, 1.0), (3.99, 0.0)])
def test_overlap_counts_a_pixel_more_and_one_half_is_enough(height, found):
    # 10 x 5 of 10 x 10 is 0.5; without the +1 it would be 9 * 4 / 81 = 0.44
    assert ap(truth(a=[A]), a=[(0, 0, 9, height, 0.5)])['hard'] == found


def test_a_detection_takes_the_face_it_overlaps_most():
    """Even where another face, taken by none, is overlapped by more than half."""
    close = (1.0, 0.0, 9.0, 9.0)
    two_on_the_first = [(*A, 0.9), (0.2, 0, 9, 9, 0.8)]
    # the second detection is a duplicate: recall 1/2 at precision 1
    assert ap(truth(a=[A, close]), a=two_on_the_first)['hard'] == 0.5


def test_images_without_detections_still_count_their_faces():
    ground_truth = truth(a=[A], b=[A])
    assert ap(ground_truth, a=[(*A, 0.9)])['hard'] == 0.5
    assert ap(ground_truth, a=[(*A, 0.9)], b=[])['hard'] == 0.5
    assert ap(ground_truth) == {'easy': 0.0, 'hard': 0.0}


def test_scores_are_stretched_over_the_whole_set():
    ground_truth = truth(a=[A], b=[A])
    dets = dict(a=[(*A, 0.02), (50, 50, 9, 9, 0.01)], b=[(*A, 0.015)])
    stretched = {k: [(*r[:4], r[4] * 7 - 3) for r in v] for k, v in dets.items()}
    assert ap(ground_truth, **dets) == ap(ground_truth, **stretched)
    assert ap(ground_truth, **dets)['hard'] == 1.0


def test_equal_scores_are_no_division_by_zero():
    assert ap(truth(a=[A]), a=[(*A, 0.5)])['hard'] == 1.0


def test_detections_of_other_images_are_left_out():
    assert ap(truth(a=[A]), a=[(*A, 0.9)], z=[(*A, 0.95)])['hard'] == 1.0


def test_detections_on_images_without_faces_count_for_nothing():
    """The official tool skips such images altogether."""
    ground_truth = truth(a=[A], b=[])
    assert ap(ground_truth, a=[(*A, 0.5)], b=[(*A, 0.9)])['hard'] == 1.0


def test_nan_is_refused_with_the_images_name():
    with pytest.raises(ValueError, match='a: .*finite'):
        ap(truth(a=[A]), a=[(*A, float('nan'))])


def test_average_precision_is_the_area_under_the_envelope():
    # precision rises again from .4 to .6: the envelope is .6 up to there
    value = average_precision(np.array([0.2, 0.5, 0.8]), np.array([1.0, 0.4, 0.6]))
    assert value == pytest.approx(0.2 * 1 + 0.6 * 0.6)


def test_subset_of_unknown_images_is_refused():
    with pytest.raises(ValueError, match="'nowhere'"):
        truth(a=[A]).only(['nowhere'])


@pytest.mark.slow
def test_reference_on_seeded_detections(seeded):
    """The public port of the official evaluation, on 310,960 detections."""
    truth, found = seeded
    result = wider_face_ap(truth, found.boxes)
    assert {subset: r.ap for subset, r in result.items()} == pytest.approx(
        dict(
            easy=0.8511025231372795, medium=0.8731847956683475, hard=0.7982871050752351
        ),
        abs=1e-9,
    )
    assert [r.num_faces for r in result.values()] == [7211, 13319, 31958]
