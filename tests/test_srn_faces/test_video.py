"""Videos made on the spot: a white thing that moves, and a tone."""

import builtins
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from srn_faces.command import main

av = pytest.importorskip('av')


def make_video(path, missing=(), frames=12, sound=True):
    with av.open(str(path), 'w') as target:
        target.metadata['title'] = 'Jane Doe'
        video = target.add_stream('libx264', rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, 'yuv420p'
        audio = target.add_stream('aac', rate=44100, layout='mono') if sound else None
        for number in range(frames):
            picture = np.full((64, 96, 3), 40, np.uint8)
            if number not in missing:
                picture[20:44, 20 + number : 50 + number] = 255
            frame = av.VideoFrame.from_ndarray(picture, format='bgr24')
            target.mux(video.encode(frame))
        for start in range(0, 44100 * frames // 25, 1024) if sound else ():
            tone = np.sin(np.arange(start, start + 1024) / 20).astype(np.float32)[None]
            piece = av.AudioFrame.from_ndarray(tone, format='fltp', layout='mono')
            piece.sample_rate, piece.pts = 44100, start
            target.mux(audio.encode(piece))
        for stream in filter(None, (video, audio)):
            target.mux(stream.encode(None))


def read(path) -> tuple[list, np.ndarray, dict]:
    with av.open(str(path)) as source:
        pictures = [f.to_ndarray(format='bgr24') for f in source.decode(video=0)]
        metadata = dict(source.metadata)
    with av.open(str(path)) as source:
        pieces = [f.to_ndarray() for f in source.decode(audio=0)] if (
            source.streams.audio
        ) else []  # fmt: skip
    return pictures, np.concatenate(pieces, 1) if pieces else None, metadata


def status(*args) -> int:
    try:
        main(list(args))
    except SystemExit as end:
        return end.code
    return 0


def test_a_face_that_is_missed_in_some_frames_stays_hidden_and_the_sound_is_kept(
    folder,
):
    make_video('a.mp4', missing=(5, 6))
    assert status('a.mp4', '--blur', '--csv') == 0
    frames = json.loads(Path('faces/a.mp4.json').read_text())['frames']
    assert len(frames) == 12
    assert [f['faces'][0]['track'] for f in frames] == [1] * 12
    assert [bool(f['faces'][0].get('held')) for f in frames] == [
        number in (5, 6) for number in range(12)
    ]
    before, sound, _ = read('a.mp4')
    after, kept, metadata = read('faces/a.mp4')
    assert len(after) == len(before) == 12
    np.testing.assert_array_equal(kept, sound)
    assert 'Jane Doe' not in str(metadata)
    assert len(Path('faces/faces.csv').read_text().splitlines()) == 13


def test_a_crop_of_each_face_where_its_score_is_best(folder, monkeypatch):
    from srn_faces import run

    class Surest(run.SRNInferencer):
        """Of the frame in which the thing begins at 25."""

        def __call__(self, picture, score_thr=0.0):
            rows = super().__call__(picture, score_thr)
            rows[:, 4] -= np.abs(rows[:, 0] - 25) / 100
            return rows

    monkeypatch.setattr(run, 'SRNInferencer', Surest)
    make_video('a.mp4', sound=False)
    assert status('a.mp4', '--crop', '--json') == 0
    (crop,) = Path('faces/a.mp4.faces').iterdir()
    assert crop.name == '001.jpg'
    columns = (cv2.imread(str(crop)).min(2) > 200).any(0).nonzero()[0]
    white = (read('a.mp4')[0][5].min(2) > 200).any(0).nonzero()[0]
    assert abs(len(columns) - len(white)) <= 2
    frames = json.loads(Path('faces/a.mp4.json').read_text())['frames']
    assert (
        max(frame['faces'][0]['score'] for frame in frames)
        == (frames[5]['faces'][0]['score'])
    )


def test_boxes_move_with_the_face(folder):
    make_video('a.mp4', sound=False)
    assert status('a.mp4') == 0
    after, kept, _ = read('faces/a.mp4')
    assert kept is None and len(after) == 12
    frames = json.loads(Path('faces/a.mp4.json').read_text())['frames']
    x = [frame['faces'][0]['box'][0] for frame in frames]
    np.testing.assert_allclose(x, 20 + np.arange(12), atol=1.5)
    np.testing.assert_allclose(
        [f['time'] for f in frames], np.arange(12) / 25, atol=0.001
    )


def test_what_is_no_video_is_said_and_leaves_nothing(folder, capsys):
    Path('a.mp4').write_bytes(b'no video')
    Path('b.mkv').write_bytes(b'')
    assert status('a.mp4', 'b.mkv') == 1
    printed = capsys.readouterr().err
    assert 'a.mp4: not a video' in printed and 'b.mkv: not a video' in printed
    assert not [p for p in Path('faces').rglob('*') if p.is_file()]


def test_a_camera_that_is_not_there_is_a_line(folder, capsys):
    assert status('camera:77', 'in/a.png') == 1
    printed = capsys.readouterr()
    assert 'problem: camera:77: no camera: /dev/video77: No such file' in printed.err
    assert '1 face in 1 picture' in printed.out


def test_a_cut_off_video_is_read_as_far_as_it_goes(folder, capsys):
    make_video('a.mkv', frames=60, sound=False)
    data = Path('a.mkv').read_bytes()
    Path('a.mkv').write_bytes(data[: len(data) * 2 // 3])
    status('a.mkv')
    frames = json.loads(Path('faces/a.mkv.json').read_text())['frames']
    assert 0 < len(frames) < 60 and len(read('faces/a.mkv')[0]) == len(frames)


def test_without_pyav_it_is_one_sentence(folder, capsys, monkeypatch):
    make_video('a.mp4', sound=False)
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == 'av':
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, '__import__', without)
    assert status('a.mp4') == 1
    assert 'a.mp4: videos want PyAV: pip install av' in capsys.readouterr().err
