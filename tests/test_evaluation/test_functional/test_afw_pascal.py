"""The protocol of Mathias et al., worked out on paper, and its own code's figures."""

import numpy as np
import pytest
from scipy.io import savemat

from srn_mmdet.evaluation.files import (
    read_detection_list,
    read_face_annotations,
    write_detection_list,
)
from srn_mmdet.evaluation.functional import (
    DetectionList,
    FaceAnnotations,
    afw_pascal_ap,
)

FACE = [100.0, 100, 199, 199]


def truth(**images):
    """image=[(box, ignored), ...]"""
    boxes, ignored = {}, {}
    for name, faces in images.items():
        boxes[name] = np.array([box for box, _ in faces], float).reshape(-1, 4)
        ignored[name] = np.array([flag for _, flag in faces], bool)
    return FaceAnnotations(boxes, ignored)


def ap(faces, *rows, **kwargs):
    """Rows are (image, box, score)."""
    found = DetectionList(
        [row[0] for row in rows],
        np.array([row[1] for row in rows], float).reshape(-1, 4),
        np.array([row[2] for row in rows], float),
    )
    return afw_pascal_ap(faces, found, **kwargs).ap


def test_by_hand():
    """Two faces. By score: hit, miss, second hit: precision 1, 1/2, 2/3."""
    faces = truth(a=[(FACE, False)], b=[(FACE, False)])
    far = [400.0, 400, 499, 499]
    rows = [('a', FACE, 0.9), ('a', far, 0.8), ('b', FACE, 0.7)]
    assert ap(faces, *rows) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert ap(faces, *rows[:2]) == pytest.approx(0.5)


def test_a_second_detection_of_a_face_is_false_and_order_is_by_score():
    faces = truth(a=[(FACE, False)], b=[(FACE, False)])
    rows = [('b', FACE, 0.1), ('a', FACE, 0.8), ('a', FACE, 0.9)]
    assert ap(faces, *rows) == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_ignored_and_small_faces_count_neither_way():
    small = [10.0, 10, 39, 60]  # 29 px wide
    faces = truth(a=[(FACE, False), ([300.0, 300, 399, 399], True), (small, False)])
    rows = [('a', [300.0, 300, 399, 399], 0.9), ('a', small, 0.8), ('a', FACE, 0.7)]
    assert ap(faces, *rows) == 1.0


def test_detections_of_21_px_are_dropped_and_of_22_are_not():
    faces = truth(a=[(FACE, False)])
    hit = ('a', FACE, 0.5)
    assert ap(faces, ('a', [0.0, 0, 21, 21], 0.9), hit) == 1.0
    assert ap(faces, ('a', [0.0, 0, 22, 5], 0.9), hit) == 0.5


def test_a_detectors_habit_is_taken_out():
    """Boxes of 72 px in faces of 100 px; one is off by 12 px more, too much at first."""
    corners = np.random.default_rng(0).uniform(0, 300, (20, 2))
    faces = {f'i{i}': [([*c, *(c + 100)], False)] for i, c in enumerate(corners)}
    rows = [(f'i{i}', [*(c + 24), *(c + 96)], 0.5) for i, c in enumerate(corners)]
    faces['late'] = [([0.0, 0, 100, 100], False)]
    rows.append(('late', [36.0, 36, 108, 108], 0.4))
    assert ap(truth(**faces), *rows, num_passes=1) == pytest.approx(20 / 21)
    assert ap(truth(**faces), *rows) == pytest.approx(1.0)


def test_of_equal_overlaps_the_later_face_is_taken():
    assert ap(truth(a=[(FACE, True), (FACE, False)]), ('a', FACE, 0.9)) == 1.0
    assert ap(truth(a=[(FACE, False), (FACE, True)]), ('a', FACE, 0.9)) == 0.0


@pytest.mark.parametrize('wrong', [float('nan'), float('inf')])
def test_a_detection_that_is_not_finite_names_the_image(wrong):
    faces = truth(a=[(FACE, False)])
    for row in (('a', FACE, wrong), ('a', [0, 0, wrong, 99], 0.5)):
        with pytest.raises(ValueError, match='a: a detection is not a finite number'):
            ap(faces, row)


def test_detections_on_unknown_images_are_false():
    faces = truth(a=[(FACE, False)])
    assert ap(faces, ('z', FACE, 0.9), ('a', FACE, 0.8)) == 0.5


@pytest.mark.parametrize('faces', [truth(), truth(a=[]), truth(a=[(FACE, False)])])
def test_nothing_found_is_zero(faces):
    assert ap(faces) == 0.0


def objects(*rows):
    entry = np.empty(len(rows), dtype=[('imgname', 'O'), ('objects', 'O')])
    for i, (name, boxes) in enumerate(rows):
        entry[i] = (name, np.array(boxes))
    return entry


def test_reads_newer_and_older_annotations(tmp_path):
    boxes = np.array([[1, 2, 50, 60, 0, 1], [5, 6, 70, 80, 0, 0]])
    rows = objects(('x.jpg', boxes), ('y.jpg', np.zeros((0, 0))))
    savemat(tmp_path / 'new.mat', dict(Annotations=rows))
    new = read_face_annotations(tmp_path / 'new.mat')
    assert new.boxes['x'].tolist() == boxes[:, :4].tolist()
    assert new.ignored['x'].tolist() == [True, False]
    assert new.boxes['y'].shape == (0, 4)

    savemat(tmp_path / 'old.mat', dict(Annotations=objects(('x.jpg', boxes[:, :4]))))
    assert not read_face_annotations(tmp_path / 'old.mat').ignored['x'].any()

    anno, corners = np.empty((1, 4), object), np.empty((1, 2), object)
    corners[0, 0], corners[0, 1] = (
        np.array([[1, 2], [50, 60]]),
        np.array([[5, 6], [7, 8]]),
    )
    for column, value in enumerate(('x.jpg', corners, 0, 0)):
        anno[0, column] = value
    savemat(tmp_path / 'anno2.mat', dict(anno=anno))
    found = read_face_annotations(tmp_path / 'anno2.mat').boxes['x']
    assert found.tolist() == [[1, 2, 50, 60], [5, 6, 7, 8]]


def test_another_mat_is_named(tmp_path):
    savemat(tmp_path / 'x.mat', dict(gt_list=1))
    with pytest.raises(ValueError, match=r'x\.mat: has no .* or anno, but gt_list'):
        read_face_annotations(tmp_path / 'x.mat')
    (tmp_path / 'y.mat').write_text('x')
    with pytest.raises(ValueError, match=r'y\.mat: no \.mat'):
        read_face_annotations(tmp_path / 'y.mat')


def test_reads_lists_as_they_come(tmp_path):
    (tmp_path / 'd.txt').write_bytes(b'a/b/x.jpg 0.5  1 2 3 4 \r\n\r\ny -2e1 5 6 7 8')
    found = read_detection_list(tmp_path / 'd.txt')
    assert found.images == ['x', 'y'] and found.scores.tolist() == [0.5, -20]
    assert found.boxes.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    write_detection_list(tmp_path / 'e.txt', found.images, found.boxes, found.scores)
    again = read_detection_list(tmp_path / 'e.txt')
    assert again.images == found.images
    np.testing.assert_array_equal(again.boxes, found.boxes)


@pytest.mark.parametrize('line', ['x 0.5 1 2 3', 'x 0.5 1 2 3 4 5', 'x high 1 2 3 4'])
def test_a_broken_line_is_named(tmp_path, line):
    (tmp_path / 'd.txt').write_text(f'x 0.5 1 2 3 4\n{line}\n')
    with pytest.raises(ValueError, match=r'd\.txt:2: expected "image score'):
        read_detection_list(tmp_path / 'd.txt')


AFW_NEW, AFW_OLD = 'new_annotations_AFW.mat', 'anno2.mat'
PASCAL = 'Annotations_Face_PASCALLayout_large'


@pytest.mark.parametrize(
    'folder, annotations, found, points',
    [
        ('afw', AFW_NEW, 'Baseline.txt', 95.2423),
        ('afw', AFW_OLD, 'Baseline.txt', 95.6916),
        ('afw', AFW_NEW, 'DPM.txt', 97.2111),
        ('afw', AFW_OLD, 'DPM.txt', 97.5865),
        ('pascal_face', f'{PASCAL}_fixed.mat', 'BAdaCost_1.00-2.50_D6.txt', 87.0322),
        ('pascal_face', f'{PASCAL}.mat', 'BAdaCost_1.00-2.50_D6.txt', 78.3329),
    ],
)
def test_published_detectors(shared, folder, annotations, found, points):
    result = afw_pascal_ap(
        read_face_annotations(shared / folder / 'annotations' / annotations),
        read_detection_list(shared / folder / 'detections' / found),
    )
    assert 100 * result.ap == pytest.approx(points, abs=1e-4)


@pytest.mark.parametrize('number', ['nan', 'inf', '1_0', '1e999'])
def test_numbers_that_are_not_finite_are_named_by_line(tmp_path, number):
    (tmp_path / 'd.txt').write_text(f'x 0.5 1 2 3 4\nx 0.5 1 2 3 {number}\n')
    with pytest.raises(ValueError, match=r'd\.txt:2: expected'):
        read_detection_list(tmp_path / 'd.txt')


def test_two_images_of_one_name_are_refused(tmp_path):
    rows = np.empty(2, dtype=[('imgname', 'O'), ('objects', 'O')])
    for i, name in enumerate(['x/a.jpg', 'y/a.png']):
        rows[i] = name, np.array([[0, 0, 99, 99, 0, 0]])
    savemat(tmp_path / 'gt.mat', dict(Annotations=rows))
    with pytest.raises(ValueError, match=r'gt\.mat: two images are named a'):
        read_face_annotations(tmp_path / 'gt.mat')
