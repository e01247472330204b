"""A run that is killed and resumed ends with the weights of one that was not."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.engine import load_from_local

REPO = Path(__file__).resolve().parents[2]
OPTIONS = [
    'train_cfg.max_epochs=3',
    'train_cfg.val_interval=10',
    'train_dataloader.batch_size=4',
    'train_dataloader.dataset.times=2',
    'model.backbone.base_channels=8',
    'model.neck.0.in_channels=[8,16,32,64]',
    'default_hooks.checkpoint.max_keep_ckpts=10',
]


def command(data, work, workers, *more):
    options = [*OPTIONS, f'train_dataloader.num_workers={workers}']
    return [
        *(sys.executable, '-W', 'ignore', REPO / 'tools' / 'train.py'),
        *(REPO / 'configs' / 'demo' / 'srn_demo.py', '--data-root', data),
        *('--work-dir', work, *more, '--cfg-options', *options),
    ]


def environment():
    return dict(os.environ, PYTHONPATH=str(REPO), OMP_NUM_THREADS='1')


def kill_in_second_epoch(args, work):
    process = subprocess.Popen(
        list(map(str, args)),
        env=environment(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    note = work / 'last_checkpoint'
    deadline = time.monotonic() + 240
    while not (note.is_file() and 'epoch_1.pth' in note.read_text()):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (work / 'epoch_3.pth').exists()


@pytest.mark.slow
@pytest.mark.parametrize('workers', [0, 1])
def test_killed_and_resumed_equals_uninterrupted_bit_for_bit(tmp_path, workers):
    make_dataset(tmp_path / 'data', train=12, val=4)
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    run = [tmp_path / 'data', whole, workers]
    subprocess.run(
        list(map(str, command(*run))),
        env=environment(),
        check=True,
        capture_output=True,
    )
    run[1] = killed
    kill_in_second_epoch(command(*run), killed)
    resumed = command(*run, '--resume')
    subprocess.run(
        list(map(str, resumed)), env=environment(), check=True, capture_output=True
    )
    ends = [load_from_local(str(d / 'epoch_3.pth')) for d in (whole, killed)]
    for part in ('state_dict', 'optimizer'):
        assert _equal(ends[0][part], ends[1][part]), part
    early = load_from_local(str(whole / 'epoch_1.pth'))
    assert not _equal(early['state_dict'], ends[0]['state_dict'])


def _equal(a, b) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(_equal, a, b))
    return a == b
