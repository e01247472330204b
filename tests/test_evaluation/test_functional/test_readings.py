"""Files of other columns, scales and units than their layout's, and what is said."""

import re

import numpy as np
import pytest

from srn_mmdet.evaluation.functional.readings import check_reading

SIZE = np.array([640.0, 480.0])


def drawn(num_images=40, seed=0):
    """Faces x, y, w, h of each image, and a detector's rows x, y, w, h, score."""
    rng = np.random.default_rng(seed)
    faces, found = {}, {}
    for i in range(num_images):
        size = rng.uniform(20, 90, (4, 1))
        corner = rng.uniform(0, SIZE - size)
        faces[f'e/{i}'] = np.concatenate([corner, 0.8 * size, size], 1)
        false = rng.uniform((0, 0, 9, 9), (400, 400, 90, 90), (8, 4))
        near = faces[f'e/{i}'] + rng.uniform(-0.05, 0.05, (4, 4)) * size
        boxes = np.concatenate([near, false])
        scores = np.concatenate([rng.uniform(0.5, 1, 4), rng.uniform(0.01, 0.7, 8)])
        found[f'e/{i}'] = np.concatenate([boxes, scores[:, None]], 1)
    return faces, found


def in_parts(rows, size=SIZE):
    return rows / np.array([*size, *size, 1])


def corners(rows):
    return np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4], rows[:, 4:]], 1)


def middles(rows):
    return np.concatenate([rows[:, :2] + rows[:, 2:4] / 2, rows[:, 2:]], 1)


def scaled(rows, by):
    return rows * np.array([by, by, by, by, 1])


MISREAD = {
    "'x1 y1 x2 y2 score'": corners,
    "'cx cy w h score'": middles,
    "'score x y w h'": lambda rows: rows[:, [4, 0, 1, 2, 3]],
    "'score x1 y1 x2 y2'": lambda rows: corners(rows)[:, [4, 0, 1, 2, 3]],
    "'y x h w score'": lambda rows: rows[:, [1, 0, 3, 2, 4]],
    "'y1 x1 y2 x2 score'": lambda rows: corners(rows)[:, [1, 0, 3, 2, 4]],
    "'x y w h score' times 2": lambda rows: scaled(rows, 0.5),
    "'x y w h score' times 0.5": lambda rows: scaled(rows, 2),
    "'x y w h score' times 1.6": lambda rows: scaled(rows, 0.625),
    "'x1 y1 x2 y2 score' times 2": lambda rows: scaled(corners(rows), 0.5),
    "'x y w h score' in parts of the image (0 to 1)": in_parts,
    "'x1 y1 x2 y2 score' in parts of the image (0 to 1)": lambda r: in_parts(
        corners(r)
    ),
    "'cx cy w h score' in parts of the image (0 to 1)": lambda r: in_parts(middles(r)),
}


def about_factor(text):
    """'times 2.03' is 'times 2': estimated from the boxes."""
    return re.sub(
        r'times ([\d.]+)', lambda m: f'times {round(float(m[1]) * 10) / 10:g}', text
    )


@pytest.mark.parametrize('reading', MISREAD)
def test_the_reading_that_fits_is_named_with_its_faces(reading):
    faces, found = drawn()
    found = {image: MISREAD[reading](rows) for image, rows in found.items()}
    doubts = check_reading('x y w h score', found, 'x y w h', faces)
    said = about_factor(doubts[0])
    assert f'read as {reading}, the boxes' in said
    matched, faces = re.search(r'match (\d+) of (\d+) faces', said).groups()
    assert int(matched) > 0.8 * int(faces) and said.endswith('the layout, none')


def test_known_sizes_are_taken_for_parts_of_an_image():
    faces, found = drawn(num_images=3)
    found = {image: in_parts(rows) for image, rows in found.items()}
    sizes = dict.fromkeys(faces, SIZE)
    (doubt,) = check_reading('x y w h score', found, 'x y w h', faces, sizes)
    assert (
        'in parts of the image (0 to 1), the boxes of 3 of them match 12 of 12' in doubt
    )


def test_what_is_as_its_layout_says_gets_no_word():
    faces, found = drawn()
    assert check_reading('x y w h score', found, 'x y w h', faces) == []
    as_corners = {image: corners(rows) for image, rows in found.items()}
    assert check_reading('x1 y1 x2 y2 score', as_corners, 'x y w h', faces) == []
    assert check_reading('x y w h score', {}, 'x y w h', faces) == []


def test_a_third_of_the_images_in_another_layout_is_enough():
    faces, found = drawn()
    for image in list(found)[::3]:
        found[image] = corners(found[image])
    (doubt,) = check_reading('x y w h score', found, 'x y w h', faces)
    assert "of 40 images looked at; read as 'x1 y1 x2 y2 score'" in doubt


def test_a_poor_detector_is_no_misreading():
    faces, found = drawn()
    for image in list(found)[::2]:  # finds nothing there
        found[image] = found[image][4:]
    assert check_reading('x y w h score', found, 'x y w h', faces) == []


def test_boxes_at_random_fit_no_reading():
    faces, found = drawn()
    rng = np.random.default_rng(1)
    found = {image: rng.uniform(900, 999, (9, 5)) for image in found}
    (doubt,) = check_reading('x y w h score', found, 'x y w h', faces)
    assert doubt.endswith('no other reading of their columns that was tried fits')
    small = {image: rng.uniform(0, 1e-3, (9, 5)) for image in faces}
    (doubt,) = check_reading('x y w h score', small, 'x y w h', faces)
    assert doubt.endswith('their numbers are below 2, where pixels are wanted')


def test_negative_sizes_are_counted_and_the_first_is_named():
    faces, found = drawn()
    found['e/3'][:2, 2] = -1
    (doubt,) = check_reading('x y w h score', found, 'x y w h', faces)
    assert doubt.startswith('2 of 480 boxes have a negative') and 'e/3 the' in doubt


ELLIPSE = 'major minor angle cx cy'
MISREAD_ELLIPSES = {
    "'cx cy major minor angle score'": [3, 4, 0, 1, 2, 5],
    "'major minor angle cy cx score'": [0, 1, 2, 4, 3, 5],
    "'score major minor angle cx cy'": [5, 0, 1, 2, 3, 4],
    "'length width angle cx cy score'": slice(None),
}


@pytest.mark.parametrize('reading', MISREAD_ELLIPSES)
def test_columns_of_ellipses_are_told_apart(reading):
    rng = np.random.default_rng(0)
    faces, found = {}, {}
    for i in range(20):
        rows = rng.uniform((30, 20, 1.4, 50, 250), (50, 30, 1.7, 200, 400), (3, 5))
        faces[str(i)] = rows.copy()
        if 'length' in reading:
            rows[:, :2] *= 2
        rows = np.concatenate([rows, rng.uniform(0, 1, (3, 1))], 1)
        found[str(i)] = rows[:, MISREAD_ELLIPSES[reading]]
    (doubt,) = check_reading(f'{ELLIPSE} score', found, ELLIPSE, faces)
    assert f'read as {reading}, the boxes of 20 of them match 60 of 60' in doubt


@pytest.mark.slow
def test_seeded_detections_on_all_of_wider_face(seeded):
    faces, found = seeded[0].boxes, seeded[1].boxes
    for reading, made in MISREAD.items():
        if 'times 0.5' in reading:
            continue  # of one that is twice too large most still lie on a face
        misread = {image: made(rows) for image, rows in found.items()}
        doubts = check_reading('x y w h score', misread, 'x y w h', faces)
        assert f'read as {reading}, the boxes' in about_factor(doubts[0])
    (doubt,) = check_reading('x y w h score', found, 'x y w h', faces)
    assert doubt.startswith('1 of 310,960 boxes')  # as one face of the ground truth has
