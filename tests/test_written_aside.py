"""Files are written whole or not at all; a limit of the kernel makes the disk full."""

import os
import resource
from contextlib import contextmanager

import mmcv
import mmengine
import numpy as np
import pytest
import torch
from mmengine.runner import save_checkpoint

from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.evaluation.files import write_prediction
from srn_mmdet.evaluation.plot import Axes, Curve, Panel, plot_curves
from srn_mmdet.written_aside import write_file, written_aside


@contextmanager
def files_of_at_most(size):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_folders_are_made_and_nothing_else_is_left(tmp_path):
    write_file(tmp_path / 'a' / 'b' / 'c.txt', 'süß\n')
    assert (tmp_path / 'a' / 'b' / 'c.txt').read_bytes() == 'süß\n'.encode()
    assert os.listdir(tmp_path / 'a' / 'b') == ['c.txt']


def test_a_failed_write_names_the_file_and_keeps_what_was_there(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('old')
    with files_of_at_most(1000), pytest.raises(OSError) as error:
        write_file(path, 'x' * 5000)
    assert str(error.value) == f'{path}: cannot be written: File too large'
    assert path.read_text() == 'old' and os.listdir(tmp_path) == ['a.json']


@pytest.mark.parametrize(
    'name, write',
    [
        ('a.png', lambda path: mmcv.imwrite(np.eye(99) * np.arange(99), path)),
        ('a.json', lambda path: mmengine.dump([*range(999)], path)),
        ('a.pth', lambda path: save_checkpoint(dict(a=torch.ones(999)), path)),
    ],
)
def test_so_do_the_writes_of_mmengine_and_mmcv(name, write, tmp_path):
    with files_of_at_most(100), pytest.raises(OSError, match=rf'{name}: cannot be wr'):
        write(str(tmp_path / name))
    assert os.listdir(tmp_path) == []
    write(str(tmp_path / name))
    assert os.listdir(tmp_path) == [name]


def test_an_interrupted_write_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), written_aside(tmp_path / 'a.json') as aside:
        aside.write_text('half')
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    (tmp_path / 'a.json').mkdir()
    with pytest.raises(OSError, match=r'a\.json: cannot be written: Is a directory'):
        write_file(tmp_path / 'a.json', 'x')
    write_file(tmp_path / 'b', 'x')
    with pytest.raises(OSError, match=r'b/c: cannot be written: '):
        write_file(tmp_path / 'b' / 'c', 'x')
    assert sorted(os.listdir(tmp_path)) == ['a.json', 'b']


def test_a_link_stays_and_a_device_is_written_to(tmp_path):
    (tmp_path / 'link').symlink_to('target')
    write_file(tmp_path / 'link', 'x')
    assert (tmp_path / 'link').is_symlink()
    assert (tmp_path / 'target').read_text() == 'x'
    write_file('/dev/null', 'x')
    with pytest.raises(OSError, match='/dev/full: cannot be written: No space left'):
        write_file('/dev/full', 'x' * 10_000)


def test_a_name_that_is_not_utf8_keeps_its_bytes(tmp_path):
    write_file(tmp_path / 'a.csv', os.fsdecode(b'\xff.jpg'))
    assert (tmp_path / 'a.csv').read_bytes() == b'\xff.jpg'


@pytest.mark.parametrize(
    'write',
    [
        lambda folder: write_prediction(
            folder, 'e/a.jpg', np.ones((50, 4)), np.ones(50)
        ),
        lambda folder: plot_curves(
            [Panel('t', [Curve('a', np.arange(2), np.arange(2), '.5')])],
            folder / 'a.png',
            Axes(),
        ),
        lambda folder: make_dataset(folder, train=1, val=0),
    ],
    ids=['prediction', 'plot', 'demo data'],
)
def test_whatever_is_written_is_named_when_the_disk_is_full(tmp_path, write):
    with (
        files_of_at_most(100),
        pytest.raises(OSError, match=rf'{tmp_path}/.*: cannot be written'),
    ):
        write(tmp_path)
    assert not [path for path in tmp_path.rglob('*') if path.is_file()]
