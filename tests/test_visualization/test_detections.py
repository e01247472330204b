import numpy as np

from srn_mmdet import draw_detections

GREEN = (58, 157, 31)


def test_a_detections_box_is_where_it_was_found():
    """As detectors give it: x1, y1, x2, y2, score."""
    image = np.zeros((40, 60, 3), np.uint8)
    drawn = draw_detections(image, np.array([[10, 5, 30, 35, 0.9]]))
    rows, columns = (drawn == GREEN).all(2).nonzero()
    assert abs(rows.min() - 5) <= 1 and abs(rows.max() - 35) <= 1
    assert abs(columns.min() - 10) <= 1 and abs(columns.max() - 30) <= 1
    assert not image.any()


def test_annotated_faces_are_drawn_as_corners_too():
    image = np.zeros((40, 60, 3), np.uint8)
    drawn = draw_detections(image, np.zeros((0, 5)), np.array([[10, 5, 30, 35]]))
    columns = drawn.any(2).nonzero()[1]
    assert abs(columns.max() - 30) <= 1
