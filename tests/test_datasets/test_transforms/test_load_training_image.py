import runpy
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmdet.registry import DATASETS, TRANSFORMS

SOAK = Path(__file__).resolve().parents[2] / 'robustness' / 'faces_soak.py'


@pytest.fixture
def folder(tmp_path):
    cv2.imwrite(str(tmp_path / 'good.png'), np.full((4, 4, 3), 7, np.uint8))
    whole = (tmp_path / 'good.png').read_bytes()
    (tmp_path / 'empty.jpg').touch()
    (tmp_path / 'text.jpg').write_text('no image')
    (tmp_path / 'cut.png').write_bytes(whole[:20])
    (tmp_path / 'folder.jpg').mkdir()
    (tmp_path / 'loop.jpg').symlink_to(tmp_path / 'loop.jpg')
    # a header that claims 60,000 x 60,000 pixels
    size = (60000).to_bytes(4, 'big')
    (tmp_path / 'bomb.png').write_bytes(whole[:16] + size * 2 + whole[24:])
    return tmp_path


BAD = {
    'missing.jpg': 'no such file',
    'empty.jpg': 'an empty file',
    'text.jpg': 'not an image that can be read',
    'cut.png': 'not an image that can be read',
    'folder.jpg': 'Is a directory',
    'loop.jpg': 'Too many levels',
    'bomb.png': 'not an image that can be read',
}


def load(folder, name, **options):
    transform = TRANSFORMS.build(dict(type='LoadTrainingImage', **options))
    return transform(dict(img_path=str(folder / name)))


def test_a_good_image_is_loaded_as_mmcv_does(folder):
    found = load(folder, 'good.png')
    assert found['img'].shape == (4, 4, 3) and (found['img'] == 7).all()


@pytest.mark.parametrize('name', BAD)
def test_a_bad_image_is_passed_over_and_noted_or_stops(folder, name, log):
    record = folder / 'notes' / 'bad.txt'
    assert load(folder, name, record=str(record)) is None
    assert f'{name}: {BAD[name]}' in log.text
    assert record.read_text().startswith(f'{folder / name}\t{BAD[name]}')
    with pytest.raises(ValueError, match=f'{name}: {BAD[name]}'):
        load(folder, name, action='stop')


def test_every_kind_of_bad_picture_is_loaded_or_passed_over(tmp_path):
    kinds = list(runpy.run_path(str(SOAK))['kinds']())
    loaded = {}
    for name, content, _ in kinds:
        (tmp_path / name).write_bytes(content)
        loaded[name] = load(tmp_path, name)
    assert len(kinds) >= 40
    for found in filter(None, loaded.values()):
        assert found['img'].dtype == np.uint8 and found['img'].shape[2] == 3
    lost = {name for name, _, good in kinds if good and not loaded[name]}
    # OpenCV 4.11, the last for numpy 1.26, reads neither GIF nor AVIF
    lost = {name for name in lost if cv2.haveImageReader(str(tmp_path / name))}
    assert lost <= {'half.jpg', 'no-end.jpg'}  # cut off: OpenCV may read them or not


def test_one_warning_a_file_whichever_worker_meets_it(folder, log):
    record = str(folder / 'bad.txt')
    for name in ('text.jpg', 'empty.jpg', 'text.jpg'):  # each by a new worker
        load(folder, name, record=record)
    assert log.text.count('text.jpg: ') == 1
    assert len((folder / 'bad.txt').read_text().splitlines()) == 2


def test_a_folder_of_nothing_but_bad_images_is_an_error(folder):
    transform = TRANSFORMS.build(dict(type='LoadTrainingImage', max_in_a_row=3))
    bad = dict(img_path=str(folder / 'text.jpg'))
    transform(bad), transform(bad)
    with pytest.raises(ValueError, match=r'text\.jpg: .*with 3 images in a row'):
        transform(bad)


def test_bad_images_between_good_ones_are_not_in_a_row(folder):
    transform = TRANSFORMS.build(dict(type='LoadTrainingImage', max_in_a_row=2))
    for name in ('text.jpg', 'good.png', 'text.jpg'):
        found = transform(dict(img_path=str(folder / name)))
        assert (found is None) == (name == 'text.jpg')


def test_a_data_set_gives_another_image_in_its_place(folder):
    """As tools/train.py sets it up, in the data set of a training."""
    (folder / 'faces.txt').write_text(
        ''.join(
            f'{name}\n1\n0 0 3 3 0 0 0 0 0 0\n' for name in ('text.jpg', 'good.png')
        )
    )
    data = DATASETS.build(
        dict(
            type='WIDERFace',
            ann_file=str(folder / 'faces.txt'),
            data_prefix=dict(img=str(folder)),
            pipeline=[dict(type='LoadTrainingImage')],
        )
    )
    assert (data[0]['img'] == 7).all() and data[0]['img_path'].endswith('good.png')
