import pytest

from srn_mmdet.files.wider_face_txt import read_bbx_gt, read_list
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


def counts(faces):
    return {name: len(rows) for name, rows in faces.items()}


def test_a_record_of_no_faces_needs_no_line_of_zeros(tmp_path):
    text = f'a.jpg\n0\nb.jpg\n0\n{"0 " * 10}\nc.jpg\n1\n{FACE}\nd.jpg\n0\n'
    faces = read_bbx_gt(write(tmp_path, text))
    assert counts(faces) == {'a.jpg': 0, 'b.jpg': 0, 'c.jpg': 1, 'd.jpg': 0}


@pytest.mark.parametrize(
    'text, line, said',
    [
        ('', '', 'no images'),
        (f'a.jpg\n0\n{FACE}\n', 3, 'none'),
        (f'a.jpg\n-1\n{FACE}\n', 2, "'-1'"),
        (f'a.jpg\n1\n{FACE}\n{FACE}\n', 4, 'name'),
        (f'a.jpg\n1\n{FACE}\na.jpg\n1\n{FACE}\n', 4, 'second time'),
        (f'a.jpg\n1\n{FACE}\nb.jpg\n2\n{FACE}\n', 6, 'ends within'),
        ('a.jpg\n1\n1 2 3 4 5 6 7 8 9 1_0\n', 3, '1_0'),
        ('a.jpg\n1\n1 2 -3 4 5 6 7 8 9 10\n', 3, '-3'),
        (f'a.jpg\n2\n{FACE}9\n{FACE[2:]}\n', 3, '9'),  # 20 numbers, 11 and 9
    ],
)
def test_no_face_is_lost_in_silence(tmp_path, text, line, said):
    path = write(tmp_path, text)
    with pytest.raises(ValueError) as error:
        read_bbx_gt(path)
    assert f'{path}:{line}' in str(error.value) and said in str(error.value)


def test_a_file_that_is_no_text_is_named_with_the_line(tmp_path):
    path = tmp_path / 'gt.txt'
    path.write_bytes(b'a.jpg\n1\n\xff')
    with pytest.raises(ValueError, match=r'gt\.txt:3: not a text file'):
        read_bbx_gt(path)


def test_lists_are_read_with_a_byte_order_mark(tmp_path):
    path = tmp_path / 'list.txt'
    path.write_bytes(b'\xef\xbb\xbfa/b.jpg\r\na/c d.jpg\r\n')
    assert read_list(path) == ['a/b.jpg', 'a/c d.jpg']


def test_labels_of_retinaface_are_read_without_their_landmarks(tmp_path):
    text = f'# a/b.jpg\n1 2 3 4{" 5.5" * 16}\n5 6 7 8\n# a/c.jpg\n'
    faces = read_bbx_gt(write(tmp_path, text))
    assert counts(faces) == {'a/b.jpg': 2, 'a/c.jpg': 0}
    assert faces['a/b.jpg'][0].tolist() == [1, 2, 3, 4, 0, 0, 0, 0, 0, 0]
    with pytest.raises(ValueError, match=r':2: .*RetinaFace'):
        read_bbx_gt(write(tmp_path, '# a/b.jpg\n1 2 3\n'))


@pytest.mark.parametrize(
    'text, said',
    [
        ('{"images": []}', 'COCO'),
        ('<annotation>', 'VOC'),
        ('0 .5 0.5 .1 .1\n', 'YOLO'),
        ('file,x,y,w,h,label\n', 'commas'),
        ('a.jpg\nb.jpg\n', 'list of images'),
        ('1 2 3 4\n', 'not before'),
    ],
)
def test_other_layouts_are_named(tmp_path, text, said):
    with pytest.raises(ValueError, match=said):
        read_bbx_gt(write(tmp_path, text))
