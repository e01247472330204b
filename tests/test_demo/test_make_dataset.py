import cv2
import numpy as np
import pytest

from srn_mmdet.datasets.wider_face_txt import read_bbx_gt
from srn_mmdet.demo.draw_scene import HEIGHT, WIDTH
from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.evaluation.files import read_ground_truth
from srn_mmdet.evaluation.files.wider_face import read_attributes
from srn_mmdet.evaluation.functional import wider_face_ap
from srn_mmdet.files.image_names import image_key


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    path = tmp_path_factory.mktemp('drawn')
    make_dataset(path, train=4, val=24)
    return path


@pytest.fixture(scope='module')
def faces(root):
    return read_bbx_gt(root / 'wider_face_split' / 'wider_face_val_bbx_gt.txt')


def test_annotations_and_images_belong_together(root, faces):
    images = {
        p.relative_to(root / 'WIDER_val/images').as_posix()
        for p in root.glob('WIDER_val/images/*/*')
    }
    assert images == set(faces) and len(images) == 24
    image = cv2.imread(str(root / 'WIDER_val' / 'images' / next(iter(faces))))
    assert image.shape == (HEIGHT, WIDTH, 3)


def test_boxes_lie_inside_and_sizes_span_8_to_300(faces):
    rows = np.concatenate(list(faces.values()))
    assert (rows[:, :2] >= 0).all() and (rows[:, 2:4] >= 1).all()
    assert (rows[:, 0] + rows[:, 2] <= WIDTH + 1).all()
    assert (rows[:, 1] + rows[:, 3] <= HEIGHT + 1).all()
    assert rows[:, 3].min() < 16 and rows[:, 3].max() > 120
    assert {0, 2} <= set(rows[:, 8]) and {0, 1} == set(rows[:, 9])


def test_some_images_hold_none_and_have_the_dummy_line(root, faces):
    empty = [name for name, rows in faces.items() if not len(rows)]
    assert len(empty) >= 2
    text = (root / 'wider_face_split' / 'wider_face_val_bbx_gt.txt').read_text()
    assert f'{empty[0]}\n0\n0 0 0 0 0 0 0 0 0 0 \n' in text


def test_subsets_are_nested(root):
    counting = read_ground_truth(root / 'eval_tools' / 'ground_truth').counting
    total = {subset: sum(map(len, c.values())) for subset, c in counting.items()}
    assert 0 < total['easy'] < total['medium'] < total['hard']
    for image, easy in counting['easy'].items():
        assert (
            set(easy) <= set(counting['medium'][image]) <= set(counting['hard'][image])
        )


def test_the_report_reads_its_attributes(root, faces):
    read = read_attributes(root / 'eval_tools' / 'ground_truth')
    for name, rows in faces.items():
        assert read['occlusion'][image_key(name, 1)].tolist() == rows[:, 8].tolist()


def test_the_drawn_faces_themselves_score_one(root, faces):
    truth = read_ground_truth(root / 'eval_tools' / 'ground_truth')
    perfect = {
        image_key(name, 1): np.column_stack([rows[:, :4], np.ones(len(rows))])
        for name, rows in faces.items()
    }
    results = wider_face_ap(truth, perfect)
    assert [r.ap for r in results.values()] == pytest.approx([1, 1, 1])


def test_fewer_than_no_images_are_refused(tmp_path):
    with pytest.raises(ValueError, match='train=-3, val=60: wants 0'):
        make_dataset(tmp_path, train=-3)


def test_a_seed_draws_the_same_faces(root, tmp_path, faces):
    make_dataset(tmp_path / 'again', train=0, val=4)
    again = read_bbx_gt(tmp_path / 'again/wider_face_split/wider_face_val_bbx_gt.txt')
    for name, rows in again.items():
        assert np.array_equal(rows, faces[name])
        pair = [
            cv2.imread(str(r / 'WIDER_val/images' / name))
            for r in (root, tmp_path / 'again')
        ]
        assert np.array_equal(*pair)
    make_dataset(tmp_path / 'other', train=0, val=4, seed=1)
    other = read_bbx_gt(tmp_path / 'other/wider_face_split/wider_face_val_bbx_gt.txt')
    assert any(not np.array_equal(rows, faces[name]) for name, rows in other.items())
