"""The demo: draw data, train, be killed, resume, test, show."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ..evaluation.files import read_ground_truth, read_predictions
from ..evaluation.functional import GroundTruth, wider_face_ap
from .make_dataset import make_dataset
from .page import choose_images, write_page

WANTED_EASY_AP = 0.9
_STOP_AFTER = 3  # epochs


class DemoError(RuntimeError):
    """A step of the demo failed; the message says which and where to look."""


def run_demo(out: str | Path, config: str | Path, tools: str | Path) -> Path:
    """Run the main job on a drawn data set and show the result on a page.

    Args:
        out: Folder for data, work files and the page; data that is there is kept.
        config: The demo's config.
        tools: Folder of train.py and test.py, run as a user would.

    Returns:
        The page.

    Raises:
        DemoError: A step failed, or the easy AP is not over ``WANTED_EASY_AP``.
    """
    out, tools = Path(out), Path(tools)
    data, work = out / 'data', out / 'work'
    start = time.perf_counter()
    commands, took = [], {}

    def step(number: int, title: str) -> None:
        print(f'\n[{number}/5] {title}', flush=True)

    step(1, f'drawing a small data set in the layout of WIDER FACE: {data}')
    if (data / 'eval_tools').is_dir():
        print('it is there already')
    else:
        make_dataset(data)

    python = [sys.executable, '-W', 'ignore']
    train = [*python, tools / 'train.py', config, '--work-dir', work]
    train += ['--data-root', data]
    step(2, f'training; it will be killed after {_STOP_AFTER} epochs, on purpose')
    for old in work.glob('*.pth'):
        old.unlink()
    (work / 'last_checkpoint').unlink(missing_ok=True)
    begin = time.perf_counter()
    commands.append(_show(train))
    _run_and_kill(train, work / f'epoch_{_STOP_AFTER}.pth')

    step(3, 'killed; the same command with --resume goes on')
    train.append('--resume')
    commands.append(_show(train))
    _run(train, 'training')
    took['training'] = time.perf_counter() - begin

    step(4, 'testing')
    checkpoint = Path((work / 'last_checkpoint').read_text().strip())
    predictions = out / 'predictions'
    test = [*python, tools / 'test.py', config, checkpoint, '--work-dir', work]
    test += ['--data-root', data, '--out-dir', predictions]
    begin = time.perf_counter()
    commands.append(_show(test))
    _run(test, 'testing')
    took['testing'] = time.perf_counter() - begin

    step(5, 'writing the page')
    truth = read_ground_truth(data / 'eval_tools' / 'ground_truth')
    detections = read_predictions(predictions).boxes
    results = wider_face_ap(truth, detections)
    took['everything'] = time.perf_counter() - start
    page = write_page(
        out / 'index.html',
        images=data / 'WIDER_val' / 'images',
        truth=truth,
        detections=detections,
        results=results,
        work_dir=work,
        commands=commands,
        took=took,
        light=_detect_with_light(data / 'WIDER_val' / 'images', truth),
    )
    easy = results['easy'].ap
    figures = ', '.join(f'{name} {r.ap:.3f}' for name, r in results.items())
    print(f'\nAP {figures}\nSee {page.resolve()}')
    if easy <= WANTED_EASY_AP:
        raise DemoError(f'the easy AP is {easy:.3f}, not over {WANTED_EASY_AP}')
    return page


def _detect_with_light(images: Path, truth: GroundTruth) -> dict[str, np.ndarray]:
    from ..apis.inferencer import SRNInferencer

    detect, found = SRNInferencer(), {}
    for key in choose_images(truth, per_kind=1):
        rows = detect(images / f'{key}.jpg')
        rows[:, 2:4] -= rows[:, :2]
        found[key] = rows
    return found


def _show(command: list) -> str:
    words = [str(word) for word in command]
    text = ' '.join(['python', *words[3:]])
    print(f'$ {text}', flush=True)
    return text


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])  # also where it is not installed
    path = os.pathsep.join(filter(None, [root, os.environ.get('PYTHONPATH')]))
    return dict(os.environ, PYTHONPATH=path)


def _run(command: list, what: str) -> None:
    if subprocess.run(list(map(str, command)), env=_environment()).returncode:
        raise DemoError(f'{what} failed: see above')


def _run_and_kill(command: list, checkpoint: Path) -> None:
    process = subprocess.Popen(
        list(map(str, command)), env=_environment(), start_new_session=True
    )
    try:
        # the note of the last checkpoint is written when the checkpoint is whole
        note = checkpoint.parent / 'last_checkpoint'
        while not (note.is_file() and checkpoint.name in note.read_text()):
            if process.poll() is not None:
                raise DemoError('training ended before its time: see above')
            time.sleep(0.2)
        time.sleep(3)  # well into the next epoch
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
