import numpy as np
import pytest
from scipy.io import savemat

from srn_mmdet.evaluation.files import (
    read_ground_truth,
    read_predictions,
    write_prediction,
)
from srn_mmdet.evaluation.functional import wider_face_ap
from srn_mmdet.evaluation.wider_face import describe_coverage
from srn_mmdet.files.image_names import image_key
from tests.test_evaluation.made import write_ground_truth

ROW = [[1.0, 2.0, 3.0, 4.0, 0.5]]


def write(folder, text, name='0--Parade/a.txt'):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    'text',
    [
        'a\n1\n1 2 3 4 0.5\n',
        'a.jpg\n1\n1 2 3 4 0.5\n',
        'a \r\n1 \r\n1  2 3\t4 0.5 \r\n',
        '0--Parade/a.jpg\n1\n1 2 3 4 5e-1',
    ],
    ids=['plain', 'jpg', 'crlf and blanks', 'no last newline'],
)
def test_files_in_the_wild_are_read(tmp_path, text):
    write(tmp_path, text)
    boxes = read_predictions(tmp_path).boxes
    assert list(boxes) == ['0--Parade/a']
    assert boxes['0--Parade/a'].tolist() == ROW


@pytest.mark.parametrize('text', ['', 'a\n0\n', '\n'])
def test_no_detections_are_no_error(tmp_path, text):
    write(tmp_path, text)
    assert read_predictions(tmp_path).boxes['0--Parade/a'].shape == (0, 5)


@pytest.mark.parametrize(
    'text, said',
    [
        ('a\n2\n1 2 3 4 0.5\n', '2 boxes announced'),
        ('a\n1\n1 2 3 4\n', '4 numbers'),
        ('a\nmany\n', "'many'"),
        ('a\n1\n1 2 3 four 0.5\n', 'four'),
    ],
)
def test_broken_files_are_named_with_what_is_wrong(tmp_path, text, said):
    path = write(tmp_path, text)
    with pytest.raises(ValueError) as error:
        read_predictions(tmp_path)
    assert str(path) in str(error.value) and said in str(error.value)


def test_two_files_of_an_image_are_noticed(tmp_path):
    write(tmp_path, 'a\n0\n')
    write(tmp_path, 'a\n1\n1 2 3 4 0.5\n', '0--Parade/a.jpg.txt')
    assert read_predictions(tmp_path).doubled == ['0--Parade/a']


def test_missing_folders_are_named(tmp_path):
    for folder in (tmp_path, tmp_path / 'nowhere'):
        with pytest.raises(FileNotFoundError, match=str(folder)):
            read_predictions(folder)
        with pytest.raises(FileNotFoundError, match='wider_face_val.mat'):
            read_ground_truth(folder)


def test_a_folder_too_deep_or_too_shallow_says_what_is_there_and_what_is_wanted(
    tmp_path,
):
    tree = tmp_path / 'x' / 'pred'
    write(tree, 'a\n0\n')
    with pytest.raises(FileNotFoundError) as error:
        read_predictions(tmp_path / 'x')
    assert 'further down, pred/0--Parade/a.txt the first' in str(error.value)
    assert f'EVENT/NAME.txt in it: {tree}' in str(error.value)
    with pytest.raises(FileNotFoundError, match=str(tree)):
        read_predictions(tmp_path)  # two levels
    with pytest.raises(FileNotFoundError) as error:
        read_predictions(tree / '0--Parade')
    assert 'its 1 .txt files, a.txt the first, are in no folder' in str(error.value)
    assert f'the one above, {tree}, if' in str(error.value)
    with pytest.raises(FileNotFoundError, match=r'a\.txt: a file; wanted is a folder'):
        read_predictions(tree / '0--Parade' / 'a.txt')


@pytest.mark.parametrize(
    'name', ['x/0--Parade/pjg.jpg', '0--Parade/pjg', '0--Parade\\pjg.txt']
)
def test_an_image_has_one_key_however_it_is_named(name):
    assert (
        image_key(name, 1) == '0--Parade/pjg'
    )  # str.strip('.jpg') would leave nothing


def test_what_is_written_is_read_again_by_falling_score(tmp_path):
    boxes = np.array([[1.0, 2, 4, 6], [10, 10, 30, 50]])
    write_prediction(tmp_path, 'any/0--Parade/a.jpg', boxes, np.array([0.25, 0.75]))
    assert read_predictions(tmp_path).boxes['0--Parade/a'].tolist() == [
        [10, 10, 20, 40, 0.75],
        [1, 2, 3, 4, 0.25],
    ]


def test_ground_truth_indices_count_from_one_in_the_files(tmp_path):
    images = {'0--Parade/a': [[0, 0, 9, 9], [5, 5, 9, 9]], '1--Other/b': []}
    counting = {
        subset: {'0--Parade/a': index, '1--Other/b': []}
        for subset, index in (('easy', []), ('medium', [2]), ('hard', [1, 2]))
    }
    write_ground_truth(tmp_path, images, counting)
    truth = read_ground_truth(tmp_path)
    assert truth.boxes['0--Parade/a'].tolist() == images['0--Parade/a']
    assert truth.boxes['1--Other/b'].shape == (0, 4)
    got = [
        truth.counting[s]['0--Parade/a'].tolist() for s in ('easy', 'medium', 'hard')
    ]
    assert got == [[], [1], [0, 1]]


def test_coverage_tells_subset_missing_doubled_and_unknown():
    text = describe_coverage(['a', 'b', 'c'], ['a', 'z'], is_subset=True, doubled=1)
    assert text.startswith('WIDER FACE, subset of 3 images')
    assert '2 have no detections' in text
    assert '1 doubled' in text and '1 not among them' in text
    assert describe_coverage(['a'], ['a'], False) == 'WIDER FACE, all 1 images'


def test_companion_files_of_macos_are_passed_over(tmp_path):
    write(tmp_path, 'a\n0\n')
    (tmp_path / '0--Parade' / '._a.txt').write_bytes(b'\x00\x05\x16\x07\xff')
    found = read_predictions(tmp_path)
    assert list(found.boxes) == ['0--Parade/a'] and not found.doubled


OWN = """0--Parade/a.jpg
3
10 10 20 20 0 0 0 0 0 0
50 10 20 40 0 0 0 0 0 0
90 10 20 40 0 0 0 1 0 0
1--Other/b.jpg
0
"""


def test_own_faces_count_in_all_and_by_height_and_invalid_ones_do_not(tmp_path):
    (tmp_path / 'own.txt').write_text(OWN)
    truth = read_ground_truth(tmp_path / 'own.txt')
    chosen = {s: of['0--Parade/a'].tolist() for s, of in truth.counting.items()}
    assert chosen == {'all': [0, 1], 'height 16-32 px': [0], 'height 32-64 px': [1]}
    assert truth.boxes['1--Other/b'].shape == (0, 4)
    write(tmp_path / 'p', 'a\n2\n50 10 20 40 .9\n90 10 20 40 .8\n')
    found = read_predictions(tmp_path / 'p', truth.folders)
    aps = {s: r.ap for s, r in wider_face_ap(truth, found.boxes).items()}
    assert aps == {'all': 0.5, 'height 16-32 px': 0, 'height 32-64 px': 1}


def test_own_faces_may_lie_in_no_folders(tmp_path):
    (tmp_path / 'own.txt').write_text('x.jpg\n0\nx.png\n0\n')
    with pytest.raises(ValueError, match=r'x\.jpg and x\.png are both x'):
        read_ground_truth(tmp_path / 'own.txt')
    (tmp_path / 'own.txt').write_text('x.jpg\n0\ny.png\n0\n')
    truth = read_ground_truth(tmp_path / 'own.txt')
    assert list(truth.boxes) == ['x', 'y'] and truth.folders == 0
    write(tmp_path / 'p', 'x\n0\n', 'x.txt')
    write_prediction(tmp_path / 'p', 'images/y.png', [], [])
    found = read_predictions(tmp_path / 'p', truth.folders)
    assert sorted(found.boxes) == ['x', 'y']


def test_a_wrong_mat_under_the_right_name_is_named(tmp_path):
    savemat(tmp_path / 'wider_face_val.mat', dict(other=1))
    with pytest.raises(ValueError, match=r'wider_face_val\.mat: has no .*other'):
        read_ground_truth(tmp_path)
    (tmp_path / 'wider_face_val.mat').write_text('x')
    with pytest.raises(ValueError, match=r'wider_face_val\.mat: no \.mat file'):
        read_ground_truth(tmp_path)


def test_numbers_that_are_not_finite_are_named_by_line(tmp_path):
    write(tmp_path, 'a\n2\n1 2 3 4 .5\n1 2 nan 4 .5\n')
    with pytest.raises(ValueError, match=r"a\.txt:4: 'nan'"):
        read_predictions(tmp_path)


def test_readers_are_found_under_the_names_they_have_had():
    from srn_mmdet.evaluation import files, functional
    from srn_mmdet.evaluation.functional import (
        afw_pascal_files,
        fddb_files,
        wider_face_files,
    )

    assert functional.read_ground_truth is files.read_ground_truth
    assert wider_face_files.read_predictions is files.read_predictions
    assert fddb_files.write_roc is files.write_roc
    assert afw_pascal_files.write_detection_list is files.write_detection_list
    assert not hasattr(functional, 'read_nothing')
