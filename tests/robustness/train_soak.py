"""Runs of tools/train.py that are killed, out of disk or given a rate of 1e6.

    python tests/robustness/train_soak.py PART

kills: a run killed 20 times at random and resumed ends with the weights of one that was
not. disk: a file system that fills up at a checkpoint (wants the right to mount one).
nan: a learning rate of 1e6, stopped at and passed over. seed: two runs of one seed, and
one of another. Exits 1 where something was not as it should be.
"""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.engine import load_from_local
from srn_mmdet.engine.safe_checkpoint_hook import latest_checkpoint

REPO = Path(__file__).resolve().parents[2]
CONFIG = REPO / 'configs' / 'demo' / 'srn_demo.py'
SMALL = {
    'model.backbone.base_channels': 8,
    'model.neck.0.in_channels': [8, 16, 32, 64],
}


def train(data: Path, work: Path, *more, epochs=8, **options) -> subprocess.Popen:
    given = SMALL | {
        'train_cfg.max_epochs': epochs,
        'train_cfg.val_interval': 99,
        'train_dataloader.batch_size': 4,
        'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': False,
        'train_dataloader.dataset.times': 2,
        'default_hooks.checkpoint.max_keep_ckpts': 1,
    }
    given |= {key.replace('__', '.'): value for key, value in options.items()}
    words = [f'{key}={value}'.replace(' ', '') for key, value in given.items()]
    return subprocess.Popen(
        [
            *(sys.executable, '-W', 'ignore', REPO / 'tools' / 'train.py', CONFIG),
            *('--data-root', data, '--work-dir', work, *more, '--cfg-options', *words),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def weights(work: Path) -> dict[str, torch.Tensor]:
    path = latest_checkpoint(str(work))
    return load_from_local(path)['state_dict'] if path else {}


def equal(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def kills(root: Path) -> bool:
    data, work, rng, found = root / 'data', root / 'killed', random.Random(0), []
    make_dataset(data, train=16, val=4)
    whole = train(data, root / 'whole', epochs=40)
    wait_for(whole, 'Checkpoints will be saved')
    start = time.monotonic()
    whole.communicate()
    epoch = (time.monotonic() - start) / 40
    while len(found) < 20:
        run = train(data, work, '--resume', epochs=40)
        wait_for(run, 'Checkpoints will be saved')
        time.sleep(rng.uniform(0, 3) * epoch)
        assert run.poll() is None, 'ended before it was killed'
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        newest = latest_checkpoint(str(work))
        found.append(newest and Path(newest).stem)
        print(f'kill {len(found)}; newest: {found[-1]}', flush=True)
    train(data, work, '--resume', epochs=40).communicate()
    ends = [root / name / 'epoch_40.pth' for name in ('whole', 'killed')]
    states = [load_from_local(str(end))['state_dict'] for end in ends]
    same, resumed = equal(*states), len(found) - found.count(None)
    print(f'20 kills, {resumed} of them with a checkpoint, at {len({*found})} places')
    print(f'weights equal: {same}')
    return same and resumed >= 10


def wait_for(run: subprocess.Popen, text: str) -> None:
    """Read what a run says until it says this."""
    for line in run.stdout:
        if text in line:
            return
    raise RuntimeError(f'ended without saying {text!r}')


def disk(root: Path) -> bool:
    data, small = root / 'data', root / 'small'
    make_dataset(data, train=8, val=4)
    train(data, root / 'whole', epochs=3).communicate()
    size = max(path.stat().st_size for path in (root / 'whole').glob('*.pth'))
    small.mkdir()
    mount = ['mount', '-t', 'tmpfs', 'tmpfs', str(small), '-o']
    subprocess.run([*mount, f'size={int(1.5 * size)}'], check=True)
    try:
        run = train(data, small, epochs=3)
        said = run.communicate()[0].strip().splitlines()[-1]
        kept, left = latest_checkpoint(str(small)), list(small.glob('.*'))
        print(f'exit {run.returncode}: {said}\nkept: {kept}, left over: {left}')
        good = run.returncode == 1 and 'No space left' in said and not left
        good = good and bool(weights(small))  # it loads
        subprocess.run([*mount, f'remount,size={4 * size}'], check=True)
        train(data, small, '--resume', epochs=3).communicate()
        same = equal(weights(root / 'whole'), weights(small))
    finally:
        subprocess.run(['umount', small], check=True)
    print(f'resumed with room, weights equal: {same}')
    return good and same


def nan(root: Path) -> bool:
    data = root / 'data'
    make_dataset(data, train=8, val=4)
    options = dict(optim_wrapper__optimizer__lr='1e6', epochs=2)
    run = train(data, root / 'stop', **options)
    said = run.communicate()[0].strip().splitlines()[-1]
    print(f'exit {run.returncode}: {said}')
    stopped = run.returncode == 1 and re.search(r'step \d+: .*loss.*\.jpg', said)
    finite = all(value.isfinite().all() for value in weights(root / 'stop').values())
    run = train(data, root / 'skip', '--on-nan', 'skip', **options)
    out = run.communicate()[0]
    skipped = out.count('step left out')
    print(f'--on-nan skip: exit {run.returncode}, {skipped} steps left out')
    finite &= all(value.isfinite().all() for value in weights(root / 'skip').values())
    print(f'all checkpoints finite: {finite}')
    return bool(stopped) and skipped > 0 and finite


def seed(root: Path) -> bool:
    data = root / 'data'
    make_dataset(data, train=8, val=4)
    for name, number in (('a', 3), ('b', 3), ('c', 4)):
        train(data, root / name, epochs=2, randomness__seed=number).communicate()
    a, b, c = (weights(root / name) for name in 'abc')
    print(f'same seed, equal: {equal(a, b)}; another, equal: {equal(a, c)}')
    return bool(a) and equal(a, b) and not equal(a, c)


def main() -> None:
    parts = dict(kills=kills, disk=disk, nan=nan, seed=seed)
    if len(sys.argv) != 2 or sys.argv[1] not in parts:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(not parts[sys.argv[1]](Path(folder)))


if __name__ == '__main__':
    main()
