"""srn-faces as a user calls it, a detector of what is white in the network's place."""

import csv
import io
import json
import os
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import srn_mmdet
from srn_faces.command import main
from tests.test_inference.test_picture import bomb
from tests.test_written_aside import files_of_at_most

BOX = [20, 10, 50, 40]


def status(*args) -> int:
    try:
        main(list(map(str, args)))
    except SystemExit as end:
        return end.code
    return 0


def written(folder='faces') -> list[str]:
    found = sorted(p for p in Path(folder).rglob('*') if p.is_file())
    return [str(path.relative_to(folder)) for path in found]


def result(name='a.png') -> dict:
    return json.loads(Path('faces', f'{name}.json').read_text())


def test_pictures_and_json_by_default(folder, picture, capsys):
    assert status('in') == 0
    assert written() == ['a.png', 'a.png.json', 'sub/a.png', 'sub/a.png.json']
    assert result()['faces'] == [dict(box=BOX, score=0.9)]
    assert (result('sub/a.png')['width'], result('sub/a.png')['height']) == (100, 60)
    drawn = cv2.imread('faces/a.png')
    assert drawn.shape == picture.shape and not np.array_equal(drawn, picture)
    assert '2 faces in 2 pictures' in capsys.readouterr().out


def test_json_alone(folder):
    assert status('in', '--json') == 0
    assert written() == ['a.png.json', 'sub/a.png.json']


def test_a_table_of_all(folder):
    assert status('in', '--csv') == 0
    rows = list(csv.DictReader(io.StringIO(Path('faces/faces.csv').read_text())))
    assert [row['image'] for row in rows] == ['in/a.png', 'in/sub/a.png']
    assert [float(rows[0][k]) for k in ('x1', 'y1', 'x2', 'y2', 'score')] == [*BOX, 0.9]


def test_crops(folder):
    assert status('in/a.png', '--crop') == 0
    crop = cv2.imread('faces/a.png.faces/001.jpg')
    assert crop.shape[0] > 30 and crop[15:30, 15:30].min() > 200
    assert status('in/a.png', '--crop', '--min-size', 31) == 0
    assert 'a.png.faces/001.jpg' not in written()  # the earlier run's


@pytest.mark.parametrize('style', ['blur', 'pixelate'])
def test_anonymised_copies_have_no_boxes_and_no_metadata(folder, picture, style):
    exif = Image.Exif()
    exif[270] = 'Jane Doe'
    exif.get_ifd(34853)[2] = (48.0, 8.0, 0.0)  # GPS
    picture[60:] = 60
    picture[15:35, 25:45] = (
        np.eye(20, dtype=np.uint8)[..., None] * 255
    )  # a face's detail
    picture[10, 20], picture[39, 49] = 255, 255
    Image.fromarray(picture[..., ::-1]).save('in/b.jpg', quality=95, exif=exif)
    assert b'Jane Doe' in Path('in/b.jpg').read_bytes()
    assert status('in/b.jpg', f'--{style}') == 0
    data = Path('faces/b.jpg').read_bytes()
    assert b'Jane Doe' not in data and not Image.open(io.BytesIO(data)).getexif()
    hidden = cv2.imread('faces/b.jpg').astype(int)
    assert np.abs(hidden[60:] - picture[60:]).mean() < 8  # elsewhere as it was
    assert np.abs(hidden[15:35, 25:45] - picture[15:35, 25:45]).mean() > 50


def test_small_faces_and_low_scores_are_left_out(folder):
    assert status('in/a.png', '--min-size', 31) == 0
    assert result()['faces'] == []
    assert status('in/a.png', '--score-thr', 0.95) == 0
    assert result()['faces'] == []


def test_whatever_is_wrong_with_one_input_the_others_are_done(folder, capsys):
    bad = Path('in/bad')
    bad.mkdir()
    (bad / 'link.jpg').symlink_to('nowhere')
    (bad / 'loop.jpg').symlink_to('loop.jpg')
    (bad / 'empty.jpg').touch()
    (bad / 'text.jpg').write_text('no picture')
    (bad / 'bomb.png').write_bytes(bomb())
    (bad / 'a.heic').write_bytes(b'\0\0\0\x18ftypheic' + bytes(40))
    os.mkfifo(bad / 'pipe.jpg')
    (bad / os.fsdecode(b'\xff.jpg')).write_text('nor is this one')
    (bad / 'folder.jpg').mkdir()  # nothing wrong with that
    (bad / 'film.mp4').write_text('no film')
    assert status('in', 'nosuch.jpg') == 1
    printed = capsys.readouterr()
    assert '2 faces in 2 pictures' in printed.out
    wrong = [
        'link.jpg: a link that leads nowhere',
        'loop.jpg: Too many levels',
        'empty',
    ]
    wrong += [
        'text.jpg: not a picture',
        'bomb.png: has more than',
        'HEIC wants',
        'pipe',
    ]
    wrong += [
        'nosuch.jpg: no such',
        '\\udcff.jpg: not a picture',
        'film.mp4: not a video',
    ]
    for text in wrong:
        assert text in printed.err
    assert printed.err.count('problem: ') == len(wrong)
    assert 'Traceback' not in printed.err


def test_names_that_are_not_utf8_are_as_good_as_others(folder, capsys):
    name = os.fsdecode(b'\xff.png')
    os.rename('in/a.png', f'in/{name}')
    assert status('in', '--csv') == 0
    assert name in written() and f'{name}.json' in written()
    assert b'in/\xff.png,' in Path('faces/faces.csv').read_bytes()


def test_a_cut_off_jpeg_is_looked_at_and_said(folder, picture, capsys):
    data = cv2.imencode('.jpg', picture)[1].tobytes()
    Path('in/b.jpg').write_bytes(data[: len(data) - 200])
    assert status('in') == 1
    assert 'b.jpg: is cut off' in capsys.readouterr().err
    assert 'is cut off' in result('b.jpg')['note'] and 'b.jpg' in written()


def test_a_full_disk_stops_the_run_and_nothing_is_half_written(folder, capsys):
    status('in/a.png')
    before = {name: Path('faces', name).read_bytes() for name in written()}
    with files_of_at_most(1000):  # the kernel's word for it is EFBIG: per picture
        assert status('in', '--blur') == 1
    assert 'faces/a.png: cannot be written: File too large' in capsys.readouterr().err
    assert {name: Path('faces', name).read_bytes() for name in written()} == before


def test_no_space_left_is_the_end_with_a_status_of_its_own(folder, capsys, monkeypatch):
    os.mkdir('faces')
    os.symlink('/dev/full', 'faces/a.png')
    assert status('in') == 3
    printed = capsys.readouterr()
    assert 'error: faces/a.png: cannot be written: No space left' in printed.err
    assert '--resume' in printed.err and printed.out == ''


def test_a_folder_in_the_place_of_a_result_is_said(folder, capsys):
    os.makedirs('faces/a.png')
    assert status('in') == 1
    printed = capsys.readouterr()
    assert 'faces/a.png: cannot be written: Is a directory' in printed.err
    assert '1 face in 1 picture' in printed.out
    assert written() == ['sub/a.png', 'sub/a.png.json']


def test_a_picture_is_not_overwritten_by_its_result(folder, picture, capsys):
    assert status('in/a.png', '--out-dir', 'in') == 1
    assert 'would be overwritten' in capsys.readouterr().err
    np.testing.assert_array_equal(cv2.imread('in/a.png'), picture)


def test_resuming_leaves_alone_what_is_done(folder, capsys, picture):
    status('in/a.png')
    times = os.stat('faces/a.png').st_mtime_ns
    assert status('in', '--resume') == 0
    printed = capsys.readouterr()
    assert '1 of 2 done already' in printed.err and 'in 1 picture;' in printed.out
    assert os.stat('faces/a.png').st_mtime_ns == times
    assert status('in', '--resume', '--blur') == 0  # other settings: not done
    assert os.stat('faces/a.png').st_mtime_ns != times
    cv2.imwrite('in/a.png', picture[:, ::-1])  # another picture of that name
    assert status('in', '--resume', '--blur') == 0
    assert result()['faces'][0]['box'] == [50, 10, 80, 40]


def test_a_much_reduced_picture_is_said_and_tiles_see_it_whole(folder, capsys):
    large = np.zeros((1200, 2400, 3), np.uint8)
    large[600:603, 1900:1903] = 255  # gone once reduced twelvefold
    cv2.imwrite('in/a.png', large)
    assert status('in/a.png', '--max-side', 200) == 0
    assert 'in/a.png 12.0-fold' in capsys.readouterr().err
    assert result()['faces'] == []
    assert status('in/a.png', '--max-side', 200, '--tiles', 600) == 0
    assert 'fold' not in capsys.readouterr().err
    assert result()['faces'] == [dict(box=[1900, 600, 1903, 603], score=0.9)]


def test_standard_input(folder, monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(Path('in/a.png').read_bytes()))
    monkeypatch.setattr(sys, 'stdin', stream)
    assert status('-') == 0
    assert result('stdin.jpg')['faces'][0]['box'] == BOX


def test_addresses_are_downloaded(folder, capsys):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory='in'))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f'http://127.0.0.1:{server.server_port}'
    try:
        assert status(f'{address}/a.png', f'{address}/nosuch.png') == 1
    finally:
        server.shutdown()
        server.server_close()
    assert result()['faces'][0]['box'] == BOX
    assert 'nosuch.png: not downloaded: HTTP Error 404' in capsys.readouterr().err


@pytest.mark.parametrize(
    'args, message',
    [
        (['.', '--score-thr', '7'], '--score-thr 7.0: wants a number in [0, 1]'),
        (['.', '--score-thr', 'nan'], '--score-thr nan: wants a number in [0, 1]'),
        (['.', '--max-side', '-1'], '--max-side -1: wants 0 or more'),
        (['.', '--tiles', '9'], '--tiles 9: wants 256 or more'),
        (
            ['--tiles', 'a.jpg'],
            "'a.jpg' is no number of pixels; name pictures before it",
        ),
        (['.', '--blur', '--pixelate'], 'one of them'),
        (['.', '--blur', '--crop'], 'two runs'),
    ],
)
def test_a_wrong_call_is_answered_in_a_line(args, message, capsys):
    assert status(*args) == 2
    assert message in capsys.readouterr().err


def test_options_may_stand_between_pictures(folder):
    assert status('in/a.png', '--json', 'in/sub/a.png') == 0
    assert written() == ['a-2.png.json', 'a.png.json']


def test_pictures_of_one_name_but_for_the_ending_have_results_of_their_own(
    folder, picture
):
    cv2.imwrite('in/a.jpg', picture[:60])
    assert status('in/a.png', 'in/a.jpg', '--crop') == 0
    assert result('a.png')['height'] == 80 and result('a.jpg')['height'] == 60
    assert {'a.png.faces/001.jpg', 'a.jpg.faces/001.jpg'} <= set(written())


@pytest.mark.parametrize('out', ['in/a.png', 'in/a.png/below', '/proc/faces'])
def test_a_folder_that_cannot_be_made_is_said_before_anything_is_looked_at(
    folder, capsys, out
):
    assert status('in', '--out-dir', out) == 3
    printed = capsys.readouterr()
    assert f'error: --out-dir {out}: cannot be made: ' in printed.err
    assert printed.out == ''


def test_the_end_of_a_pipe_that_nobody_reads_is_no_error(folder):
    """As `srn-faces photo.jpg | true`; in a process, which flushes as it ends."""
    code = (
        'import os, sys\n'
        'from srn_faces.command import tell\n'
        'ours, theirs = os.pipe(); os.close(ours); os.dup2(theirs, 1)\n'
        'tell("1 face"); tell("in 1 picture")\n'
    )
    done = subprocess.run([sys.executable, '-c', code], stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b'')


def test_an_interrupt_in_the_middle_leaves_what_is_done_and_says_how_to_go_on(
    folder, capsys, monkeypatch
):
    from srn_faces import run

    class Interrupted(run.SRNInferencer):
        def __call__(self, picture, score_thr=0.0):
            if picture.shape[0] == 60:  # the second
                raise KeyboardInterrupt
            return super().__call__(picture, score_thr)

    with monkeypatch.context() as patched:
        patched.setattr(run, 'SRNInferencer', Interrupted)
        assert status('in') == 130
    said = capsys.readouterr().err.splitlines()
    assert [line for line in said if 'interrupted' in line] == [
        'interrupted; what is written is whole, --resume goes on from it'
    ]
    assert written() == ['a.png', 'a.png.json']
    assert status('in', '--resume') == 0
    assert '1 of 2 done already' in capsys.readouterr().err


def test_an_orientation_is_followed_and_boxes_are_in_the_picture_as_one_sees_it(
    folder, picture
):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter, to be seen with the clock
    Image.fromarray(picture[..., ::-1]).save('in/b.jpg', quality=95, exif=exif)
    assert status('in/b.jpg') == 0
    found = result('b.jpg')
    assert (found['width'], found['height']) == (80, 100)
    np.testing.assert_allclose(found['faces'][0]['box'], [40, 20, 70, 50], atol=1.5)
    assert cv2.imread('faces/b.jpg').shape == (100, 80, 3)


def test_answers_about_the_call_itself_load_no_network():
    """As it takes seconds: nothing but the command line is imported."""
    calls = [
        ['--help'],
        ['--version'],
        ['.', '--tiles', '9'],
        ['nosuch.jpg'],
        ['serve', '--help'],
        ['serve', '--queue', '0'],
        ['serve', '--port', '99999'],
    ]
    code = (
        'import sys\n'
        'from srn_faces.command import main\n'
        f'for call in {calls}:\n'
        '    sys.argv[1:] = call\n'
        '    try: main()\n'
        '    except SystemExit: pass\n'
        'loaded = {"torch", "numpy", "cv2", "mmdet", "srn_mmdet"} & set(sys.modules)\n'
        'assert not loaded, loaded\n'
    )
    subprocess.run([sys.executable, '-c', code], check=True, stdout=subprocess.DEVNULL)


def test_the_version_is_the_packages(capsys):
    assert status('--version') == 0
    assert capsys.readouterr().out == f'srn_mmdet {srn_mmdet.__version__}\n'
