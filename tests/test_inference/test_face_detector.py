"""Lists, batches, looks: with a detector that finds what is white."""

import numpy as np
import pytest

from srn_mmdet.inference import FaceDetector
from srn_mmdet.inference.merging import merge
from tests.test_inference.test_looks import find, marked


class White(FaceDetector):
    """Finds the one white thing; notes what it was shown."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.shown = []

    def run(self, pictures):
        self.shown.append(pictures.shape)
        return [
            find(shown) if shown.max() > 127 else np.zeros((0, 5), np.float32)
            for shown in pictures
        ]


PLAIN = dict(large_side=0, min_side=0)


def test_a_list_gives_a_list_and_equal_sizes_are_one_batch():
    detect = White(**PLAIN, batch_size=2)
    boxes = [[1, 2, 30, 40], [5, 5, 20, 20], [7, 8, 9, 10], [0, 0, 60, 30]]
    sizes = [(50, 60), (40, 60), (50, 60), (50, 60)]
    pictures = [marked(*size, box) for size, box in zip(sizes, boxes)]
    found = detect(pictures)
    assert [rows[0, :4].tolist() for rows in found] == boxes
    assert sorted(detect.shown) == [(1, 40, 60, 3), (1, 50, 60, 3), (2, 50, 60, 3)]
    for picture, rows in zip(pictures, found):
        np.testing.assert_array_equal(detect(picture), rows)
    assert detect([]) == []


def test_a_bad_one_in_a_list_is_named_by_its_place():
    with pytest.raises(TypeError, match='picture 1 of the list: wants'):
        White()([np.zeros((4, 4, 3), np.uint8), None])


def test_every_orientation_is_looked_at_and_a_face_comes_out_once():
    detect = White(**PLAIN, turned=True)
    rows = detect(marked(50, 80, [10, 20, 30, 45]))
    np.testing.assert_allclose(rows, [[10, 20, 30, 45, 0.9]], atol=1e-4)
    assert sorted(detect.shown) == [(2, 50, 80, 3), (2, 80, 50, 3)]


def test_a_small_face_is_found_in_the_enlarged_look_and_once():
    detect = White(**PLAIN, small=True)
    rows = detect(marked(60, 80, [10, 20, 20, 30]))
    np.testing.assert_allclose(rows, [[10, 20, 20, 30, 0.9]], atol=1)
    assert len(detect(marked(60, 80, [10, 10, 50, 50]))) == 1  # both looks have it
    assert (1, 90, 120, 3) in detect.shown


def test_tiles_find_at_full_size_and_merge():
    picture = marked(1000, 1600, [795, 495, 805, 505])
    detect = White(**PLAIN, max_side=160, tiles=600)
    np.testing.assert_allclose(detect(picture), [[795, 495, 805, 505, 0.9]], atol=0.5)
    assert len(detect.shown) > 1


def test_merging_takes_the_faces_of_all_looks_once_each():
    one = np.array([[0, 0, 10, 10, 0.9], [50, 50, 60, 60, 0.2]], np.float32)
    other = np.array([[0, 0, 10, 12, 0.3], [20, 20, 30, 30, 0.5]], np.float32)
    rows = merge([one, other])
    np.testing.assert_allclose(rows[:, 4], [0.9, 0.5, 0.2])
    np.testing.assert_array_equal(rows[0], one[0])
    assert merge([one]) is one
    assert merge([one[:0], one[:0]]).shape == (0, 5)


def test_boxes_of_one_look_do_not_drop_each_other():
    one = np.array([[0, 0, 10, 10, 0.9], [0, 0, 10, 12, 0.8]], np.float32)
    other = np.array([[0, 0, 10, 11, 0.7]], np.float32)
    np.testing.assert_array_equal(merge([one, other]), one)


@pytest.mark.parametrize('score_thr', [7, -1, float('nan'), None, '.5'])
def test_a_threshold_that_is_no_score_is_refused(score_thr):
    with pytest.raises(ValueError, match=f'score_thr={score_thr!r}: wants a number'):
        White()(np.zeros((4, 4, 3), np.uint8), score_thr)


def test_the_threshold_leaves_out():
    picture = marked(50, 80, [10, 20, 30, 45])
    assert len(White(**PLAIN)(picture, 0.8)) == 1
    assert White(**PLAIN)(picture, score_thr=0.95).shape == (0, 5)
    with pytest.raises(ValueError, match='batch_size=0'):
        White(batch_size=0)
