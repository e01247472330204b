"""Very many images: made ones here, with detectors that are made for the test."""

import io
import json
import os
import signal
import tarfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

pq = pytest.importorskip('pyarrow.parquet', reason='no pyarrow: the extra "ray"')
pa = pytest.importorskip('pyarrow')

from srn_mmdet.apis.many_images import (  # noqa: E402
    _check_gpus,
    _check_settings,
    _Worker,
    detect_many,
    find_shards,
    is_done,
)

COLUMNS = dict(image_column='image', id_column=None)


def png(value):
    """A picture of 8 x 6 pixels of one grey."""
    return cv2.imencode('.png', np.full((6, 8, 3), value, np.uint8))[1].tobytes()


def one_box(image, score_thr):
    """Finds a face whose score tells the grey."""
    return np.array([[1, 2, 3, 4, image[0, 0, 0] / 255]], np.float32)


@pytest.fixture
def folder(tmp_path):
    """Images 0 to 9, one of which is broken, and a text."""
    (tmp_path / 'in' / 'sub').mkdir(parents=True)
    for i in range(10):
        place = tmp_path / 'in' / ('sub' if i % 2 else '') / f'{i}.png'
        place.write_bytes(b'broken' if i == 3 else png(20 * i))
    (tmp_path / 'in' / 'notes.txt').write_text('no image')
    (tmp_path / 'in' / '._0.png').write_bytes(b'a companion of macOS')
    (tmp_path / 'in' / '__MACOSX').mkdir()
    (tmp_path / 'in' / '__MACOSX' / '1.png').write_bytes(b'another')
    return tmp_path / 'in'


def do_all(inputs, out, detect=one_box, shard_size=4):
    out.mkdir(exist_ok=True)
    worker = _Worker(lambda: detect, str(out), 0.0, COLUMNS)
    shards = [s for s in find_shards(inputs, out, shard_size) if not is_done(s, out)]
    return [worker.do(shard) for shard in shards]


def rows(out):
    parts = [pq.read_table(part) for part in sorted(out.glob('part-*'))]
    return pa.concat_tables(parts).to_pylist()


def test_a_folder_gives_a_row_for_each_image(folder, tmp_path):
    do_all([str(folder)], tmp_path / 'out')
    found = {Path(row['image']).stem: row for row in rows(tmp_path / 'out')}
    assert len(rows(tmp_path / 'out')) == len(found) == 10
    assert found['5']['scores'] == pytest.approx([100 / 255])
    assert found['5']['boxes'] == [[1, 2, 3, 4]]
    assert (found['5']['width'], found['5']['height']) == (8, 6)
    assert 'not a picture' in found['3']['error'] and found['3']['scores'] == []


def test_what_came_later_is_done_later_and_alone(folder, tmp_path):
    out = tmp_path / 'out'
    do_all([str(folder)], out)
    assert do_all([str(folder)], out) == []
    (folder / 'a-new.png').write_bytes(png(1))
    assert [done['images'] for done in do_all([str(folder)], out)] == [1]
    names = [row['image'] for row in rows(out)]
    assert len(names) == len(set(names)) == 11


def test_what_is_done_already_is_counted_in_images(folder, tmp_path):
    pytest.importorskip('ray')
    out = tmp_path / 'out'
    do_all([str(folder)], out)
    again = detect_many([str(folder)], str(out), lambda: one_box, score_thr=0.0)
    assert (again.images, again.already) == (0, 10)


def test_a_folder_given_twice_is_done_once(folder, tmp_path):
    do_all([str(folder), str(folder / 'sub'), str(folder / '0.png')], tmp_path / 'out')
    assert len(rows(tmp_path / 'out')) == 10


def test_a_tar_and_a_parquet_file_are_a_shard_each(tmp_path):
    with tarfile.open(tmp_path / 'a.tar', 'w') as archive:
        for name in (
            'x/1.png',
            'x/1.png',
            '2.png',
            'notes.txt',
            '._2.png',
            '__MACOSX/2.png',
        ):
            info = tarfile.TarInfo(name)
            info.size = len(png(50))
            archive.addfile(info, io.BytesIO(png(50)))
    table = pa.table(dict(image=[png(1), None, png(3)]))
    pq.write_table(table, tmp_path / 'b.parquet')
    inputs = [str(tmp_path / 'a.tar'), str(tmp_path / 'b.parquet')]
    assert len(do_all(inputs, tmp_path / 'out')) == 2
    found = {
        row['image'].split('/', len(tmp_path.parts))[-1]: row['error']
        for row in rows(tmp_path / 'out')
    }
    assert set(found) == {
        'a.tar/x/1.png',
        'a.tar/x/1.png#2',
        'a.tar/2.png',
        'b.parquet/0',
        'b.parquet/1',
        'b.parquet/2',
    }
    assert found['b.parquet/1'] == 'no bytes' and found['b.parquet/2'] is None


def test_a_tar_that_changed_is_done_anew_and_a_damaged_one_is_a_row(tmp_path):
    out = tmp_path / 'out'
    pq.write_table(pa.table(dict(image=[png(1)])), tmp_path / 'b.parquet')
    do_all([str(tmp_path / 'b.parquet')], out)
    pq.write_table(pa.table(dict(image=[png(1), png(2)])), tmp_path / 'b.parquet')
    do_all([str(tmp_path / 'b.parquet')], out)
    assert len(rows(out)) == 2
    (tmp_path / 'c.tar').write_bytes(b'no tar')
    (done,) = do_all([str(tmp_path / 'c.tar')], out)
    assert done['unreadable'] == 1 and len(rows(out)) == 3


def test_an_image_that_ends_its_worker_twice_is_left_out(folder, tmp_path):
    """As a crash in a decoder would: no exception, the process is gone."""

    class Gone(BaseException):
        pass

    def dies(image, score_thr):
        if image[0, 0, 0] == 80:
            raise Gone
        return one_box(image, score_thr)

    out = tmp_path / 'out'
    for _ in range(2):
        with pytest.raises(Gone):
            do_all([str(folder)], out, dies, shard_size=100)
    do_all([str(folder)], out, dies, shard_size=100)
    errors = {Path(row['image']).stem: row['error'] for row in rows(out)}
    assert errors['4'] == 'ended the worker 2 times' and len(errors) == 10
    assert {stem for stem, error in errors.items() if error} == {'3', '4'}
    assert not list(out.glob('.*'))


def test_results_of_other_settings_are_not_mixed(tmp_path):
    _check_settings(tmp_path, dict(score_thr=0.5, config=None))
    _check_settings(tmp_path, dict(score_thr=0.5, config=None))
    with pytest.raises(ValueError, match=r'results of score_thr=0\.5, now it is 0\.3'):
        _check_settings(tmp_path, dict(score_thr=0.3, config=None))


@pytest.mark.parametrize(
    'make, message',
    [
        (lambda p: None, 'no such file or folder'),
        (lambda p: p.mkdir(), 'an empty folder'),
        (lambda p: p.write_text('x'), 'no image, tar or parquet file'),
    ],
)
def test_inputs_without_an_image_are_refused(tmp_path, make, message):
    make(tmp_path / 'x')
    with pytest.raises((FileNotFoundError, ValueError), match=message):
        list(find_shards([str(tmp_path / 'x')], tmp_path / 'out', 4))


def test_gpus_that_are_not_there_are_not_waited_for():
    _check_gpus(0, workers=3, each=0)
    _check_gpus(2, workers=4, each=0.5)
    with pytest.raises(ValueError, match=r'0\.5 GPU.* of 4 workers?.* finds 0 on this'):
        _check_gpus(0, workers=4, each=0.5)


@pytest.mark.slow
def test_each_image_is_there_once_though_a_worker_is_killed(tmp_path):
    """SIGKILL for one of two workers in the middle of its shard, by Ray itself."""
    ray = pytest.importorskip('ray', reason='no ray: the extra "ray"')
    images, out, pids = (tmp_path / name for name in ('in', 'out', 'pids'))
    images.mkdir(), pids.mkdir()
    for i in range(60):
        (images / f'{i:02}.png').write_bytes(png(i))

    def make():
        def detect(image, score_thr):
            (pids / str(os.getpid())).touch()
            time.sleep(0.05)
            return np.array([[1, 2, 3, 4, image[0, 0, 0] / 255]], np.float32)

        return detect

    killed = []

    def kill():
        while not list(out.glob('part-*')):
            time.sleep(0.02)
        time.sleep(0.2)
        working = json.loads(next(out.glob('.part-*.now')).read_text())
        killed.append(working['image'])
        os.kill(int(next(pids.iterdir()).name), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        outcome = detect_many([str(images)], str(out), make, workers=2, shard_size=10)
    finally:
        ray.shutdown()
    killer.join()
    assert killed and len(list(pids.iterdir())) == 3  # two workers, and the new one
    found = sorted((Path(r['image']).stem, r['scores'][0] * 255) for r in rows(out))
    assert [stem for stem, _ in found] == [f'{i:02}' for i in range(60)]
    np.testing.assert_allclose([grey for _, grey in found], range(60), atol=1e-3)
    assert outcome.images == 60 and outcome.unreadable == 0
