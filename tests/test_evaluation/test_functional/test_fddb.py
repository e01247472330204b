"""FDDB's protocol, worked out on paper, and the official tool's own files."""

import cv2
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from srn_mmdet.evaluation.files import (
    read_fddb_detections,
    read_folds,
    read_image_sizes,
    write_fddb_detections,
    write_roc,
)
from srn_mmdet.evaluation.files.fddb import measure_images, to_ellipses
from srn_mmdet.evaluation.functional import fddb_roc
from srn_mmdet.evaluation.functional.fddb import mask_ious

SIZE = (200, 150)
TALL = [30.0, 20, np.pi / 2, 60, 70]  # radii, angle, centre


def drawn(shape):
    """A mask as the official tool draws it, on the whole image."""
    mask = np.zeros(SIZE[::-1], np.uint8)
    if len(shape) == 6:
        major, minor, angle, x, y, _ = shape
        centre = int(np.rint(x)), int(np.rint(y))
        radii = int(major), int(minor)
        cv2.ellipse(mask, centre, radii, np.degrees(angle), 0, 360, 1, -1)
    else:
        x, y, w, h, _ = shape
        ends = [tuple(int(np.rint(v)) for v in p) for p in ((x, y), (x + w, y + h))]
        cv2.rectangle(mask, *ends, 1, -1)
    return mask


@pytest.mark.parametrize('kind', ['rectangles', 'ellipses'])
def test_ious_are_those_of_masks_drawn_on_the_whole_image(kind):
    rng = np.random.default_rng(0)
    low, high = [8, 8, -3, -10, -10], [50, 50, 3, 210, 160]
    faces, ones = rng.uniform(low, high, (20, 5)), np.ones((20, 1))
    if kind == 'ellipses':
        found = np.abs(np.concatenate([faces + rng.normal(0, 3, (20, 5)), ones], 1))
    else:
        sides = rng.uniform(5, 90, (20, 2))
        found = np.concatenate([rng.uniform(-20, 180, (20, 2)), sides, ones], 1)
        found[0, :4] = 20.5, 30.5, 11, 9  # halves go to even
    expected = np.zeros((20, 20))
    for i, face in enumerate(faces):
        for j, other in enumerate(found):
            a, b = drawn([*face, 0]), drawn(other)
            union = (a | b).sum()
            expected[i, j] = (a & b).sum() / union if union else 0
    assert (expected > 0).sum() > 40
    np.testing.assert_allclose(mask_ious(faces, found, SIZE), expected, atol=1e-12)


def roc(faces, found):
    return fddb_roc(
        {name: np.array(rows, float).reshape(-1, 5) for name, rows in faces.items()},
        {name: np.array(rows, float) for name, rows in found.items()},
        dict.fromkeys(faces, SIZE),
    )


def test_by_hand():
    """Two images of a face each. At .9 one exact; at .5 a miss and less than half."""
    exact, miss = [*TALL, 0.9], [10.0, 10, 0, 150, 30, 0.5]
    part = [20.0, 14, np.pi / 2, 60, 70, 0.5]
    result = roc(dict(a=[TALL], b=[TALL]), dict(a=[exact, miss], b=[part]))
    overlap = mask_ious(np.array([TALL]), np.array([part]), SIZE)[0, 0]
    assert 0.4 < overlap < 0.5
    assert result.scores.tolist() == [0.9, 0.5]
    assert result.discrete.tolist() == [0.5, 0.5]
    assert result.false_positives.tolist() == [0, 2]
    np.testing.assert_allclose(result.continuous, [0.5, (1 + overlap) / 2])
    assert result.tpr_at(1, 'continuous') == 0.5
    assert result.tpr_at(2, 'continuous') == result.continuous[1]


def test_matching_maximises_the_sum_not_the_best_pair():
    """Left alone, the better detection takes the face that the other one needs."""
    a, b = [20.0, 20, 0, 60, 70], [20.0, 20, 0, 72, 70]
    between, on_a = [20.0, 20, 0, 64, 70, 0.9], [20.0, 20, 0, 50, 70, 0.8]
    ious = mask_ious(np.array([a, b]), np.array([between, on_a]), SIZE)
    assert ious[0, 0] > ious[1, 0] > 0.5 and ious[0, 1] > 0.5 > ious[1, 1]
    result = roc(dict(i=[a, b]), dict(i=[between, on_a]))
    assert result.discrete.tolist() == [0.5, 1.0]
    np.testing.assert_allclose(
        result.continuous, [ious[0, 0] / 2, (ious[1, 0] + ious[0, 1]) / 2]
    )


def test_images_without_detections_count_their_faces():
    some = roc(dict(a=[TALL], b=[TALL]), dict(a=[[*TALL, 1]]))
    assert some.discrete.tolist() == [0.5]
    empty = roc(dict(a=[TALL]), {})
    assert len(empty.scores) == 0 and empty.tpr_at(1000) == 0.0


def test_an_unknown_size_names_the_image():
    with pytest.raises(ValueError, match='a: its width'):
        fddb_roc({'a': np.array([TALL])}, {'a': np.array([[*TALL, 1.0]])}, {})


@pytest.mark.parametrize('wrong', [float('nan'), float('inf')])
@pytest.mark.parametrize('column', [0, 4])
def test_a_detection_that_is_not_finite_names_the_image(wrong, column):
    found = np.array([[30.0, 20, 60, 80, 0.9]])
    found[0, column] = wrong
    with pytest.raises(ValueError, match='a: a detection is not a finite number'):
        fddb_roc({'a': np.array([TALL])}, {'a': found}, {'a': SIZE})


def test_ends_are_rounded_in_single_precision():
    """51.4999999 is 51.5 in the tool's float, drawn to 52."""
    face = np.array([[30.0, 20, 0, 60, 70]])
    rows = [
        [51.4999999, 50, 39.5000001, 40, 1],
        [52, 50, 39, 40, 1],
        [51, 50, 40, 40, 1],
    ]
    near, at_52, at_51 = mask_ious(face, np.array(rows), SIZE)[0]
    assert near == at_52 != at_51


@pytest.mark.parametrize('kind', ['rectangles', 'ellipses'])
def test_is_what_matching_anew_at_each_threshold_gives(kind):
    """Three faces, 30 detections of which some touch none, scores of two decimals."""
    rng = np.random.default_rng(0)
    faces = np.array([[30.0, 20, 0.3, 60, 70], [25, 20, 1, 90, 70], [9, 9, 0, 180, 20]])
    if kind == 'rectangles':
        found = rng.uniform([20, 20, 5, 5], [150, 100, 60, 60], (30, 4))
    else:
        found = rng.uniform([5, 5, 0, 20, 20], [40, 40, 3, 190, 130], (30, 5))
    scores = rng.integers(0, 20, (30, 1)) / 20
    found = np.concatenate([found, scores], 1)
    ious = mask_ious(faces, found, SIZE)
    assert 0 < (ious > 0).any(0).sum() < 30
    result = fddb_roc({'a': faces}, {'a': found}, {'a': SIZE})
    np.testing.assert_array_equal(result.scores, np.unique(scores)[::-1])
    for i, score in enumerate(result.scores):
        part = ious[:, found[:, -1] >= score]
        matched = part[linear_sum_assignment(part, maximize=True)]
        assert result.discrete[i] == (matched > 0.5).sum() / 3
        np.testing.assert_allclose(result.continuous[i], matched.sum() / 3)
        assert result.false_positives[i] == part.shape[1] - (matched > 0.5).sum()


NAME = '2002/08/11/big/img_591'


def test_reads_folds_and_detections_as_they_come(tmp_path):
    fold = tmp_path / 'FDDB-fold-01-ellipseList.txt'
    fold.write_bytes(f'{NAME}\r\n1\r\n30 20 1.5 60 70  1\r\n'.encode())
    assert read_folds(tmp_path)[NAME].tolist() == [[30, 20, 1.5, 60, 70]]
    path = tmp_path / 'out' / 'fold-01-out.txt'
    path.parent.mkdir()
    path.write_text(
        f'originalPics/{NAME}.jpg \n2 \n1 2 3 4 .5 \n1 2 3 4 .9\n\n'
        f'2002/08/26/big/img_265\n0\n{NAME}\n0\n'
    )
    found = read_fddb_detections(tmp_path / 'out')
    assert list(found.boxes) == [NAME, '2002/08/26/big/img_265']
    assert found.boxes[NAME][:, 4].tolist() == [0.5, 0.9] and found.doubled == [NAME]
    assert read_fddb_detections(path).boxes.keys() == found.boxes.keys()


@pytest.mark.parametrize(
    'text, message',
    [
        (f'{NAME}\nmany\n', r":2: expected the number of faces of .*, got 'many'"),
        (f'{NAME}\n2\n1 2 3 4 5\n', r':3: ends within the 2 lines'),
        (f'{NAME}\n1\n1 2 x 4 5\n', r':3: expected 1 lines'),
        (f'{NAME}\n1\n1 2 nan 4 5\n', r':3: expected 1 lines'),
        (f'{NAME}\n2\n1 2 3 4 5\n1 2 3 4\n', r':4: expected 2 lines'),
        (f'{NAME}\n1\n1 2 3 4 5\n1 2 3 4 5\n', r':4: expected the name'),
        ('', r': no images'),
        (f'{NAME}\n1\n1 2 3 4\n', r'img_591 has 4 numbers a line; wanted 5'),
        (f'{NAME}\n1\n1 2 3 4 5\nb\n1\n1 2 3 4 5 6\n', r'b has 6 numbers a line'),
    ],
)
def test_broken_files_are_named(tmp_path, text, message):
    (tmp_path / 'd.txt').write_text(text)
    with pytest.raises(ValueError, match=r'd\.txt.*' + message):
        read_fddb_detections(tmp_path / 'd.txt')


def test_missing_files_say_what_to_get(tmp_path):
    with pytest.raises(FileNotFoundError, match='FDDB-folds.tgz'):
        read_folds(tmp_path)
    with pytest.raises(FileNotFoundError, match='no such file'):
        read_fddb_detections(tmp_path / 'nowhere')
    with pytest.raises(FileNotFoundError, match=f'{NAME}.jpg: no such image'):
        measure_images(tmp_path, [NAME])


def test_sizes_come_from_a_csv_or_the_images(tmp_path):
    (tmp_path / 's.csv').write_text(f'image,width,height\n{NAME},9,7\n')
    image = tmp_path / f'{NAME}.jpg'
    image.parent.mkdir(parents=True)
    cv2.imwrite(str(image), np.zeros((7, 9, 3), np.uint8))
    assert read_image_sizes(tmp_path / 's.csv') == measure_images(tmp_path, [NAME])
    (tmp_path / 's.csv').write_text(f'image,width,height\n{NAME},9,x\n')
    with pytest.raises(ValueError, match=r's\.csv:2: .*9,x'):
        read_image_sizes(tmp_path / 's.csv')


def test_writes_what_it_reads(tmp_path):
    boxes = np.array([[10.0, 20, 40, 80], [0, 0, 60, 20]])
    rows = {}
    for ellipses in (False, True):
        found = {f'x/{NAME}.jpg': (boxes, [0.5, 0.25])}
        write_fddb_detections(tmp_path / 'd.txt', found, ellipses)
        rows[ellipses] = read_fddb_detections(tmp_path / 'd.txt').boxes[NAME]
        assert rows[ellipses][:, -1].tolist() == [0.5, 0.25]
    assert rows[False][:, :4].tolist() == [[10, 20, 30, 60], [0, 0, 60, 20]]
    upright, lying = [30, 15, np.pi / 2, 25, 50], [30, 10, 0, 30, 10]
    np.testing.assert_allclose(rows[True][:, :5], [upright, lying], atol=1e-4)
    assert to_ellipses(np.zeros((0, 4))).shape == (0, 5)


REFERENCE = {
    'MTCNN': ('MTCNN', 'MTCNN'),
    'mtcnn_lqy': ('mtcnn_lqy/fddb_mtcnn_lqy_result.txt', 'mtcnn_lqy/fddb_mtcnn_lqy_'),
}


@pytest.mark.parametrize('name', REFERENCE)
def test_roc_files_are_the_official_tools_digit_by_digit(shared, tmp_path, name):
    folder = shared / 'fddb'
    found, reference = REFERENCE[name]
    result = fddb_roc(
        read_folds(folder / 'FDDB-folds'),
        read_fddb_detections(folder / 'detections' / found).boxes,
        read_image_sizes(folder / 'fddb_image_sizes.csv'),
    )
    write_roc(tmp_path / 'x', result)
    for kind in ('Disc', 'Cont'):
        theirs = (folder / 'detections' / f'{reference}{kind}ROC.txt').read_text()
        theirs = theirs.splitlines()
        if theirs[-1].startswith('0 0'):  # for no detections at all
            theirs = theirs[:-1]
        assert (tmp_path / f'x{kind}ROC.txt').read_text().splitlines() == theirs


def test_ground_truth_that_would_be_read_as_other_faces_is_refused(tmp_path):
    path = tmp_path / 'FDDB-fold-01-ellipseList.txt'
    for text, said in (
        (f'{NAME}\n1\n30 25 0 40 40\n', 'has 5 numbers'),
        (f'{NAME}\n0\n{NAME}\n0\n', 'second time'),
        ('', 'no images'),
    ):
        path.write_text(text)
        with pytest.raises(ValueError, match=f'ellipseList.txt.*{said}'):
            read_folds(tmp_path)


@pytest.mark.parametrize('row', ['a,0,10', 'a,10,-1', 'a,10', 'a,10,1.5'])
def test_sizes_that_no_image_has_are_named_by_line(tmp_path, row):
    (tmp_path / 's.csv').write_text(f'image,width,height\nb,5,5\n{row}\n')
    with pytest.raises(ValueError, match=r's\.csv:3: expected'):
        read_image_sizes(tmp_path / 's.csv')
