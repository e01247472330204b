import pytest

from srn_mmdet.datasets.wider_face_txt import read_bbx_gt
from tests.test_datasets.made import FACE, TXT


def write(tmp_path, text):
    path = tmp_path / 'gt.txt'
    path.write_text(text)
    return path


def test_the_dummy_line_of_an_image_without_faces_is_no_face(tmp_path):
    faces = read_bbx_gt(write(tmp_path, TXT))
    assert {name: len(rows) for name, rows in faces.items()} == {
        '0--Parade/two.jpg': 3,
        '0--Parade/none.jpg': 0,
        '1--Other/one.jpg': 1,
    }
    assert faces['0--Parade/two.jpg'][0].tolist() == [8, 10, 20, 25, 0, 1, 0, 0, 2, 1]
    assert faces['1--Other/one.jpg'][0, 0] == -3


@pytest.mark.parametrize(
    'text, line, said',
    [
        (f'a.jpg\n2\n{FACE}\n1 2 3\n', 4, "'1 2 3'"),
        (f'a.jpg\n1\n{FACE}\nb.jpg\nx\n', 5, "'x'"),
        ('a.jpg\n1\n1 2 3 4 5 six 7 8 9 10\n', 3, 'six'),
        (f'a.jpg\n1\n{FACE}\nb.jpg', 4, 'b.jpg'),
    ],
)
def test_a_broken_line_is_named_by_number(tmp_path, text, line, said):
    path = write(tmp_path, text)
    with pytest.raises(ValueError) as error:
        read_bbx_gt(path)
    assert f'{path}:{line}:' in str(error.value) and said in str(error.value)


def test_a_file_that_ends_early_says_where(tmp_path):
    with pytest.raises(ValueError, match=r'ends within the 3 faces of a\.jpg'):
        read_bbx_gt(write(tmp_path, f'a.jpg\n3\n{FACE}\n'))


def test_the_official_files_are_read_whole(shared):
    split = shared / 'wider_face' / 'wider_face_split'
    train = read_bbx_gt(split / 'wider_face_train_bbx_gt.txt')
    assert len(train) == 12880
    assert sum(map(len, train.values())) == 159420
    assert not len(train['0--Parade/0_Parade_Parade_0_452.jpg'])
    val = read_bbx_gt(split / 'wider_face_val_bbx_gt.txt')
    assert len(val) == 3226
