import numpy as np
import pytest

from srn_mmdet import anonymise, draw_detections

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


@pytest.mark.parametrize('rows', [[1, 2, 3, 4, 0.9], [[1, 2, 3, 4]]])
def test_rows_that_are_no_detections_are_refused(rows):
    with pytest.raises(ValueError, match='detections: wants rows of x1, .*, score'):
        draw_detections(np.zeros((40, 60, 3), np.uint8), rows)


def test_no_face_is_an_empty_list_too():
    image = np.zeros((40, 60, 3), np.uint8)
    assert not draw_detections(image, []).any() and not anonymise(image, []).any()
