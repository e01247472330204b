"""Damaged .mat files: an error that names the file, never the end of the process."""

import io
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from srn_mmdet.evaluation.files import read_face_annotations, read_ground_truth
from srn_mmdet.files.mat_file import read_mat
from tests.test_evaluation.made import cell

REPO = Path(__file__).resolve().parents[2]


def content():
    struct = np.empty(2, dtype=[('imgname', 'O'), ('objects', 'O')])
    struct[0] = 'a.jpg', np.arange(6.0)[None]
    struct[1] = 'bé.jpg', np.zeros((0, 6))
    cells = cell(['x', cell([np.eye(3, dtype=np.uint8), np.array([1j])])])
    return dict(struct=struct, cells=cells, flag=np.array([True]), single=np.float32(1))


def written(**options):
    file = io.BytesIO()
    savemat(file, content(), **options)
    return file.getvalue()


@pytest.mark.parametrize('compressed', [False, True])
def test_whole_files_are_read(tmp_path, compressed):
    (tmp_path / 'a.mat').write_bytes(written(do_compression=compressed))
    found = read_mat(tmp_path / 'a.mat')
    assert [name.ravel()[0] for name in found['struct']['imgname'][0]] == [
        'a.jpg',
        'bé.jpg',
    ]
    assert found['cells'][1, 0][0, 0].tolist() == np.eye(3).tolist()
    assert found['cells'][1, 0][1, 0] == 1j


@pytest.mark.parametrize('compressed', [False, True])
def test_a_file_cut_off_anywhere_is_named(tmp_path, compressed):
    data = written(do_compression=compressed)
    variables = 4
    for length in range(0, len(data), 7):
        (tmp_path / 'cut.mat').write_bytes(data[:length])
        try:
            assert len(read_mat(tmp_path / 'cut.mat')) - 3 < variables
        except ValueError as error:
            assert 'cut.mat: no .mat file that can be read' in str(error)


def test_every_changed_byte_of_a_compressed_variable_is_noticed(tmp_path):
    file = io.BytesIO()
    savemat(file, dict(Annotations=np.arange(40.0)), do_compression=True)
    data = file.getvalue()
    for at in range(136, len(data)):
        bad = bytearray(data)
        bad[at] ^= 0x55
        (tmp_path / 'bad.mat').write_bytes(bad)
        with pytest.raises(ValueError, match=r'bad\.mat: no \.mat file'):
            read_mat(tmp_path / 'bad.mat')


CHILD = """
import sys
from mat_file import read_mat  # by itself, without torch

data = open(sys.argv[1], 'rb').read()
size, counts = int(sys.argv[2]), {}
for begin in range(0, len(data), size):
    open(sys.argv[3], 'wb').write(data[begin : begin + size])
    try:
        read_mat(sys.argv[3])
        end = 'read'
    except ValueError:
        end = 'refused'
    counts[end] = counts.get(end, 0) + 1
print(counts)
"""


def test_damage_that_scipy_does_not_survive_is_an_error(tmp_path):
    """One in forty such files ends scipy's reader alone in a crash or a hang."""
    rng = random.Random(0)
    data = written()
    files = []
    for _ in range(600):
        bad = bytearray(data)
        for _ in range(rng.choice([1, 2, 5])):
            bad[rng.randrange(124, len(bad))] = rng.choice([0, 1, 14, 255])
        files.append(bytes(bad))
    (tmp_path / 'all').write_bytes(b''.join(files))
    run = subprocess.run(
        [sys.executable, '-c', CHILD, 'all', str(len(data)), 'one.mat'],
        cwd=tmp_path,
        env=dict(os.environ, PYTHONPATH=str(REPO / 'srn_mmdet' / 'files')),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    assert "'refused'" in run.stdout and "'read'" in run.stdout


def test_a_mat_file_laid_out_otherwise_is_named(tmp_path):
    path = tmp_path / 'gt.mat'
    savemat(path, dict(Annotations=np.arange(3.0)))
    with pytest.raises(ValueError, match=r'gt\.mat: not laid out'):
        read_face_annotations(path)
    savemat(path, dict(anno=cell(['a'])))
    with pytest.raises(ValueError, match=r'gt\.mat: '):
        read_face_annotations(path)
    savemat(tmp_path / 'wider_face_val.mat', dict(event_list=1, file_list=2))
    with pytest.raises(ValueError, match=r'wider_face_val\.mat: '):
        read_ground_truth(tmp_path)
