"""Where the looks are, and that a box found in one comes out where it was."""

import re

import numpy as np
import pytest

from srn_mmdet.inference.looks import Look, Looking, plan

PLAIN = dict(large_side=0, min_side=0)


def marked(height, width, box) -> np.ndarray:
    picture = np.zeros((height, width, 3), np.uint8)
    x1, y1, x2, y2 = box
    picture[y1:y2, x1:x2] = 255
    return picture


def find(shown) -> np.ndarray:
    """A detector of what is white."""
    rows, columns = (shown[..., 0] > 127).nonzero()
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, 0.9]
    return np.array([box], np.float32)


@pytest.mark.parametrize('turns', range(4))
def test_a_box_of_a_turned_look_comes_out_where_it_was(turns):
    box = [30, 10, 50, 40]
    look = Look((10, 0, 90, 60), (30, 40), turns)
    shown = look.show(marked(60, 100, box))
    assert shown.shape == ((40, 30, 3) if turns % 2 else (30, 40, 3))
    np.testing.assert_allclose(look.place(find(shown)), [[*box, 0.9]], atol=1e-4)


def test_a_picture_of_usual_size_is_looked_at_as_it_is():
    (look,) = plan(60, 100, Looking(**PLAIN))
    picture = marked(60, 100, [1, 2, 3, 4])
    assert look.show(picture) is picture or np.array_equal(look.show(picture), picture)


def test_large_pictures_are_reduced_and_small_ones_enlarged():
    assert plan(600, 3000, Looking(**PLAIN, max_side=1000))[0].size == (200, 1000)
    assert plan(600, 3000, Looking(**PLAIN, max_side=None))[0].size == (600, 3000)
    small = Looking(large_side=0, min_side=160)
    assert plan(40, 80, small)[0].size == (80, 160)
    assert plan(1, 3000, Looking(max_side=1000))[0].size == (1, 1000)


def test_the_second_look_is_for_large_faces_alone():
    first, second = plan(600, 1200, Looking(large_side=300))
    assert first.size == (600, 1200) and second.size == (150, 300)
    rows = np.array([[0, 0, 20, 20, 0.9], [0, 0, 120, 120, 0.8]], np.float32)
    np.testing.assert_allclose(second.place(rows), [[0, 0, 480, 480, 0.8]])
    too_large = np.array([[0, 0, 600, 600, 0.9], [0, 0, 400, 400, 0.8]], np.float32)
    np.testing.assert_allclose(first.place(too_large), too_large[1:])
    assert len(plan(200, 300, Looking(large_side=300))) == 1  # it would see the same


def test_the_look_for_small_faces_sees_more_and_counts_no_others():
    usual, second, small = plan(600, 1200, Looking(large_side=300, small=True))
    assert usual.size == (600, 1200) and small.size == (900, 1800)
    assert second == plan(600, 1200, Looking(large_side=300))[1]
    sides = np.array([15, 40, 80, 600], np.float32)
    rows = np.stack([0 * sides, 0 * sides, sides, sides, 0 * sides + 0.5], 1)
    assert usual.place(rows)[:, 2].tolist() == [40, 80]
    np.testing.assert_allclose(small.place(rows)[:, 2], [10, 40 / 1.5, 80 / 1.5])
    # of a reduced picture it has pixels that the usual look has not
    usual, small = plan(600, 3000, Looking(**PLAIN, max_side=1000, small=True))
    assert (usual.size, small.size) == ((200, 1000), (300, 1500))
    face = np.array([[0, 0, 60, 60, 0.9]], np.float32)
    np.testing.assert_allclose(small.place(face), [[0, 0, 120, 120, 0.9]])


def test_tiles_cover_the_picture_and_a_face_of_the_overlap_is_whole_in_one():
    looking = Looking(**PLAIN, max_side=500, tiles=400, overlap=100)
    tiles = plan(1000, 1300, looking)[1:]
    for x in range(0, 1300 - 100, 50):
        for y in range(0, 1000 - 100, 50):
            assert any(
                x1 <= x and y1 <= y and x + 100 <= x2 and y + 100 <= y2
                for x1, y1, x2, y2 in (tile.part for tile in tiles)
            )
    assert {tile.size for tile in tiles} == {(400, 400)}


def test_a_box_that_a_tile_cuts_off_does_not_count():
    looking = Looking(**PLAIN, max_side=500, tiles=400, overlap=100)
    left, right = plan(400, 700, looking)[1:]
    box = np.array([[0, 50, 40, 90, 0.9]], np.float32)
    assert len(left.place(box)) == 1  # there the picture ends
    assert len(right.place(box)) == 0
    assert plan(400, 450, looking)[1:] == []  # it was not reduced


@pytest.mark.parametrize(
    'wrong',
    [
        dict(max_side=0),
        dict(max_side='1280'),
        dict(max_side=(1280, 720)),
        dict(min_side=-1),
        dict(large_side=-2),
        dict(large_side=None),
        dict(tiles=100),
        dict(tiles=512.5),
        dict(overlap=-5),
        dict(turned='no'),
        dict(small=1.5),
    ],
)
def test_nonsense_is_refused_with_its_value(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f'{name}={re.escape(repr(value))}: wants'):
        Looking(**wrong)
