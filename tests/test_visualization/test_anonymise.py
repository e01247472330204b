import cv2
import numpy as np
import pytest

from srn_mmdet.demo.portrait import portrait
from srn_mmdet.visualization.anonymise import anonymise

FACE = np.array([[187, 117, 351, 331]], np.float32)


@pytest.mark.parametrize('style', ['blur', 'pixelate'])
def test_a_face_keeps_a_few_colours_and_the_rest_its_pixels(style):
    given = portrait()
    hidden = anonymise(given, FACE, style)
    changed = (hidden != given).any(2)
    assert not changed[:80].any() and not changed[370:].any()
    inside = hidden[117:331, 187:351]
    if style == 'pixelate':
        assert len(np.unique(inside.reshape(-1, 3), axis=0)) <= 5 * 7
    else:  # what reduces it to 10 x 10 points and back loses nearly nothing
        few = cv2.resize(inside, (10, 10), interpolation=cv2.INTER_AREA)
        again = cv2.resize(few, inside.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        assert np.abs(again.astype(int) - inside).mean() < 8
    assert np.abs(inside.astype(int) - given[117:331, 187:351]).mean() > 15
    np.testing.assert_array_equal(given, portrait())


def test_two_faces_that_differ_by_their_features_are_nearly_the_same():
    other = portrait()
    other[205:240, 215:330] = other[205:240, 215:330][:, ::-1]
    one, two = (anonymise(image, FACE).astype(int) for image in (portrait(), other))
    before = np.abs(portrait().astype(int) - other)[117:331, 187:351].mean()
    assert np.abs(one - two)[117:331, 187:351].mean() < before / 2


def test_no_face_changes_nothing():
    none = np.zeros((0, 4), np.float32)
    np.testing.assert_array_equal(anonymise(portrait(), none), portrait())


@pytest.mark.parametrize(
    'box',
    [
        (-50, -50, 20, 20),
        (500, 590, 900, 900),
        (5, 5, 5, 5),
        (9, 9, 3, 3),
        (700, 700, 800, 800),
        (10, 10, 11, 11),
    ],
)
def test_boxes_over_the_border_and_without_pixels(box):
    hidden = anonymise(portrait(), np.array([box], np.float32))
    assert hidden.shape == portrait().shape


def test_an_unknown_style_is_refused():
    with pytest.raises(ValueError, match="style='none': wants 'blur' or 'pixelate'"):
        anonymise(portrait(), FACE, 'none')
