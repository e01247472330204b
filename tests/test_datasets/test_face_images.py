import cv2
import numpy as np
import pytest
from mmdet.registry import DATASETS
from scipy.io import savemat


def image(path, size=(20, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((*size, 3), np.uint8))


@pytest.fixture
def fddb(tmp_path):
    folds = tmp_path / 'FDDB-folds'
    folds.mkdir()
    (folds / 'FDDB-fold-01.txt').write_text('2002/08/11/big/img_1\n')
    (folds / 'FDDB-fold-02.txt').write_text('2002/08/11/big/img_2\r\n')
    (folds / 'FDDB-fold-01-ellipseList.txt').write_text('2002/08/11/big/img_1\n0\n')
    image(tmp_path / 'originalPics/2002/08/11/big/img_1.jpg')
    return dict(
        type='FDDB',
        data_root=str(tmp_path),
        ann_file='FDDB-folds',
        data_prefix=dict(img='originalPics'),
        pipeline=[],
    )


def test_fddb_lists_the_images_of_all_folds(fddb, tmp_path):
    image(tmp_path / 'originalPics/2002/08/11/big/img_2.jpg')
    data = DATASETS.build(fddb)
    paths = [data.get_data_info(i)['img_path'] for i in range(len(data))]
    assert [path[-25:] for path in paths] == [
        '/2002/08/11/big/img_1.jpg',
        '/2002/08/11/big/img_2.jpg',
    ]


def test_a_missing_image_is_named_or_left_out_when_asked(fddb, tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r'img_2\.jpg: no such image \(1 missing\)'
    ):
        DATASETS.build(fddb)
    assert len(DATASETS.build(dict(fddb, allow_missing=True))) == 1
    (tmp_path / 'originalPics/2002/08/11/big/img_1.jpg').unlink()
    with pytest.raises(FileNotFoundError, match='originalPics.tar.gz'):
        DATASETS.build(dict(fddb, allow_missing=True))


@pytest.mark.parametrize('kind', ['AFW', 'PASCALFace'])
def test_mat_lists_its_images(tmp_path, kind):
    rows = np.empty(1, dtype=[('imgname', 'O'), ('objects', 'O')])
    rows[0] = 'a.jpg', np.zeros((0, 6))
    savemat(tmp_path / 'gt.mat', dict(Annotations=rows))
    image(tmp_path / 'images/a.jpg')
    cfg = dict(
        type=kind,
        data_root=str(tmp_path),
        ann_file='gt.mat',
        data_prefix=dict(img='images'),
        pipeline=[],
    )
    assert DATASETS.build(cfg).get_data_info(0)['img_path'].endswith('images/a.jpg')
    with pytest.raises(FileNotFoundError, match=r'no\.mat: no such file'):
        DATASETS.build(dict(cfg, ann_file='no.mat'))
