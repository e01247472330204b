import runpy
from pathlib import Path

import numpy as np
import pytest

from srn_mmdet.evaluation.files import (
    read_detection_list,
    read_fddb_detections,
    read_predictions,
    write_detection_list,
    write_fddb_detections,
    write_prediction,
)
from srn_mmdet.files.image_names import image_key, visible_files

REPO = Path(__file__).resolve().parents[2]
NAMES = [
    'IMG.1.jpg',
    'IMG.2.JPG',
    'my photo.png',
    'v1.5 of me.jpeg',
    'jpg.webp',
    'me 2.5.jpg',
]
KEYS = ['IMG.1', 'IMG.2', 'my photo', 'v1.5 of me', 'jpg', 'me 2.5']


def test_endings_go_and_dots_and_blanks_stay():
    assert [image_key(f'x/y/{name}') for name in NAMES] == KEYS
    assert image_key('x/0--Parade/a.jpg.txt', 1) == '0--Parade/a'
    assert image_key('.jpg') == '.jpg'


@pytest.mark.parametrize('name', [*NAMES, 'a.jpg.png', 'a .jpg', 'a.b.', '', '.txt'])
def test_the_key_of_a_key_is_itself(name):
    assert image_key(image_key(name)) == image_key(name)


def test_all_three_formats_read_the_names_that_they_write(tmp_path):
    boxes, scores = np.array([[1.0, 2, 4, 6]]), np.array([0.5])
    names = [f'2002/08/11/big/{name}' for name in NAMES]
    write_detection_list(tmp_path / 'afw.txt', names, boxes.repeat(6, 0), [0.5] * 6)
    assert read_detection_list(tmp_path / 'afw.txt').images == KEYS
    write_fddb_detections(tmp_path / 'f.txt', {n: (boxes, scores) for n in names})
    keys = [f'2002/08/11/big/{key}' for key in KEYS]
    assert list(read_fddb_detections(tmp_path / 'f.txt').boxes) == keys
    for name in names:
        write_prediction(tmp_path / 'wider', name, boxes, scores)
    found = read_predictions(tmp_path / 'wider').boxes
    assert sorted(found) == sorted(f'big/{key}' for key in KEYS)


def test_what_macos_adds_is_passed_over(tmp_path):
    for name in ('a/b.txt', 'a/._b.txt', '__MACOSX/b.txt', '.hidden/b.txt'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert visible_files(tmp_path, '*/*.txt') == [tmp_path / 'a' / 'b.txt']


def test_image_demo_passes_over_what_macos_adds(tmp_path):
    for name in ('b.jpg', 'a.png', '._a.png', 'a.txt'):
        (tmp_path / name).touch()
    tool = runpy.run_path(str(REPO / 'tools' / 'image_demo.py'))
    found = tool['_pictures'](str(tmp_path))
    assert found == [str(tmp_path / name) for name in ('a.png', 'b.jpg')]
