"""Train, test and evaluate through the tools, on drawn images."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from srn_mmdet.apis.published import packaged_weights
from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.engine import load_from_local

REPO = Path(__file__).resolve().parents[2]
CONFIG = REPO / 'configs' / 'demo' / 'srn_demo.py'
#: a detector that finds some of the drawn faces, so that a figure says something
LIGHT = 'srn_mnet025_widerface.py', packaged_weights('srn_mnet025')


def run(tool, *args, through=(), check=True):
    return subprocess.run(
        [
            sys.executable,
            '-W',
            'ignore',
            *through,
            REPO / 'tools' / f'{tool}.py',
            *map(str, args),
        ],
        capture_output=True,
        text=True,
        check=check,
        env=dict(os.environ, PYTHONPATH=str(REPO), OMP_NUM_THREADS='1'),
    )


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder with data, and a checkpoint of one short epoch."""
    root = tmp_path_factory.mktemp('run')
    make_dataset(root / 'data', train=4, val=4)
    # the test split: images and their list, no labels
    (root / 'data' / 'WIDER_test').symlink_to(root / 'data' / 'WIDER_val')
    names = sorted(
        p.relative_to(root / 'data/WIDER_val/images').as_posix()
        for p in root.glob('data/WIDER_val/images/*/*.jpg')
    )
    split = root / 'data' / 'wider_face_split'
    (split / 'wider_face_test_filelist.txt').write_text('\n'.join(names) + '\n')
    options = ['train_cfg.max_epochs=1', 'train_dataloader.dataset.times=1']
    run(
        *('train', CONFIG, '--data-root', root / 'data', '--work-dir', root / 'work'),
        *('--cfg-options', 'train_dataloader.batch_size=2', *options),
    )
    return root


@pytest.mark.slow
def test_files_evaluate_to_what_the_test_loop_says(trained):
    out = trained / 'out'
    done = run(
        *('test', *LIGHT, '--out-dir', out),
        *('--data-root', trained / 'data', '--work-dir', trained / 'test'),
    )
    assert 'wider_face/easy' in done.stdout + done.stderr
    logged = json.loads(next(trained.glob('test/*/*.json')).read_text())
    mats = trained / 'data' / 'eval_tools' / 'ground_truth'
    evaluate = ['--predictions', out, '--ground-truth', mats, '--json', trained / 'ap']
    run('evaluate', 'widerface', *evaluate)
    figures = json.loads((trained / 'ap').read_text())
    for subset in ('easy', 'medium', 'hard'):
        assert figures[subset] == pytest.approx(
            logged[f'wider_face/{subset}'], abs=1e-3
        )
    assert 0.1 < figures['hard'] < 0.9


@pytest.mark.slow
def test_the_test_split_gives_the_tree_to_submit(trained):
    out = trained / 'submit'
    run(
        *('test', CONFIG, trained / 'work' / 'epoch_1.pth', '--split', 'test'),
        *('--out-dir', out, '--data-root', trained / 'data'),
        *('--work-dir', trained / 'test'),
    )
    images = {p.stem for p in trained.glob('data/WIDER_val/images/*/*.jpg')}
    assert {p.stem for p in out.glob('*/*.txt')} == images


@pytest.mark.slow
def test_pictures_get_boxes_and_json(trained):
    drawn = next(trained.glob('data/WIDER_val/images/*'))
    pictures, out = trained / 'pictures', trained / 'shown'
    shutil.copytree(drawn, pictures)
    names = {p.stem for p in pictures.glob('*.jpg')}
    (pictures / '0.jpg').write_text('no picture')
    checkpoint = trained / 'work' / 'epoch_1.pth'
    done = run(
        'image_demo', pictures, CONFIG, checkpoint, '--out-dir', out, check=False
    )
    assert done.returncode == 1 and '0.jpg: not a picture' in done.stderr
    assert {p.stem for p in out.glob('vis/*.jpg')} == names
    assert {p.stem for p in out.glob('preds/*.json')} == names


@pytest.mark.slow
def test_tta_runs_through_the_tool(trained):
    done = run(
        *('test', CONFIG, trained / 'work' / 'epoch_1.pth', '--tta'),
        *('--data-root', trained / 'data', '--work-dir', trained / 'tta'),
        *('--out-dir', trained / 'tta_out'),
        *('--cfg-options', 'tta_pipeline.1.max_size=400'),
    )
    assert 'wider_face/easy' in done.stdout + done.stderr
    files = list((trained / 'tta_out').glob('*/*.txt'))
    assert len(files) == 4
    for file in files:  # merged: no more than the views' best 750, best first
        scores = [float(line.split()[4]) for line in file.read_text().splitlines()[2:]]
        assert scores == sorted(scores, reverse=True) and len(scores) <= 750


def through(module):
    """Two processes on this machine; mim still calls the older module, launch."""
    return ('-m', f'torch.distributed.{module}', '--standalone', '--nproc_per_node=2')


@pytest.mark.slow
def test_two_processes_share_the_images_of_an_epoch(trained):
    work = trained / 'two'
    run(
        *('train', CONFIG, '--data-root', trained / 'data', '--work-dir', work),
        *('--launcher', 'pytorch', '--cfg-options', 'train_cfg.max_epochs=1'),
        *('train_dataloader.batch_size=1', 'train_dataloader.dataset.times=1'),
        through=through('run'),
    )
    steps = load_from_local(str(work / 'epoch_1.pth'))['meta']['iter']
    assert steps == 2  # 4 images, one a step and process


@pytest.mark.slow
def test_two_processes_test_to_the_figures_of_one(trained):
    figures = []
    for name, how in (
        ('one', dict()),
        ('both', dict(through=through('launch'))),
    ):
        launcher = 'pytorch' if how else 'none'
        run(
            *('test', *LIGHT),
            *('--data-root', trained / 'data', '--work-dir', trained / name),
            *('--launcher', launcher),
            **how,
        )
        logged = json.loads(next((trained / name).glob('*/*.json')).read_text())
        figures.append([logged[f'wider_face/{s}'] for s in ('easy', 'medium', 'hard')])
    assert figures[0] == figures[1] and 0.1 < figures[0][2] < 0.9
