import numpy as np

from srn_faces.tracker import HOLD, Tracker

FACE = np.array([[10, 10, 50, 50, 0.9]])
NONE = np.zeros((0, 5))


def test_a_face_keeps_its_number_while_it_moves():
    tracker = Tracker(0.5)
    for step in range(5):
        (track,) = tracker.step(FACE + [step * 5, 0, step * 5, 0, 0], 0.04)
        assert track.number == 1
    np.testing.assert_allclose(track.held(), [30, 10, 70, 50])


def test_a_missed_face_is_held_wider_and_then_let_go():
    tracker = Tracker(0.5)
    tracker.step(FACE, 0)
    (track,) = tracker.step(NONE, 0.2)
    x1, y1, x2, y2 = track.held()
    assert x1 < 10 and y1 < 10 and x2 > 50 and y2 > 50
    (again,) = tracker.step(FACE, 0.2)
    assert again.number == 1 and again.missed == 0
    assert tracker.step(NONE, HOLD + 0.01) == []
    assert tracker.step(FACE, 0.04)[0].number == 2


def test_a_low_score_continues_a_face_but_begins_none():
    low = FACE * [1, 1, 1, 1, 0.5]
    tracker = Tracker(0.5)
    assert tracker.step(low, 0) == []
    tracker.step(FACE, 0.04)
    (track,) = tracker.step(low, 0.04)
    assert track.missed == 0 and track.score == 0.45


def test_two_faces_do_not_take_one_detection():
    both = np.concatenate([FACE, FACE + [30, 0, 30, 0, 0]])
    tracker = Tracker(0.5)
    assert [t.number for t in tracker.step(both, 0)] == [1, 2]
    one, two = tracker.step(both[1:], 0.04)
    assert one.missed > 0 and two.missed == 0
