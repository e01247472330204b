"""The pictures of docs/srn_faces.md, made by srn-faces itself from a portrait.

python docs/scripts/faces_images.py [FOLDER [NAME ...]]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from srn_mmdet.demo.portrait import group, portrait
from srn_mmdet.written_aside import write_file

_FONT = Path(matplotlib.get_data_path()) / 'fonts' / 'ttf' / 'DejaVuSansMono.ttf'
_DARK, _LIGHT = (40, 30, 20), (255, 255, 255)


def srn_faces(*args: str) -> str:
    """What it prints; it writes to ``faces``."""
    command = [sys.executable, '-W', 'ignore', '-m', 'srn_faces', *args]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode in (0, 1), done.stdout
    return done.stdout


def shown_with(
    name: str, *options: str, part: tuple = np.s_[:], width: int = 480
) -> np.ndarray:
    """What an option does to a picture, with the command above it."""
    srn_faces(name, *options)
    picture = cv2.imread(f'faces/{name}')[part]
    return titled(picture, ' '.join(['srn-faces', name, *options]), width)


def titled(picture: np.ndarray, title: str, width: int) -> np.ndarray:
    scale = width / picture.shape[1]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(
        picture, (width, round(picture.shape[0] * scale)), interpolation=how
    )
    strip = np.full((30, width, 3), _LIGHT, np.uint8)
    cv2.putText(strip, title, (6, 20), 0, 0.45, _DARK, 1, cv2.LINE_AA)
    return np.concatenate([strip, picture])


def grid(shown: Sequence[np.ndarray], columns: int) -> np.ndarray:
    rows = [
        np.concatenate(shown[i : i + columns], 1) for i in range(0, len(shown), columns)
    ]
    return np.concatenate(rows)


def styles() -> np.ndarray:
    shown = [
        shown_with('group.png', *options)
        for options in ([], ['--blur'], ['--pixelate'], ['--min-size', '120'])
    ]
    return grid(shown, 2)


def thresholds() -> np.ndarray:
    shown = [
        shown_with('group.png', option, value)
        for option, values in (
            ('--score-thr', ('0.1', '0.95')),
            ('--max-side', ('1280', '400')),
        )
        for value in values
    ]
    return grid(shown, 2)


def crops() -> np.ndarray:
    """The files of group.png.faces, each as large as it is."""
    srn_faces('group.png', '--crop')
    sheet = np.full((800, 600, 3), _LIGHT, np.uint8)
    x = y = tall = 0
    for path in sorted(Path('faces/group.png.faces').glob('*.jpg')):
        crop = cv2.imread(str(path))
        height, width = crop.shape[:2]
        if x + max(width, 60) > sheet.shape[1]:
            x, y, tall = 0, y + tall + 24, 0
        sheet[y : y + height, x : x + width] = crop
        cv2.putText(
            sheet, path.name, (x, y + height + 14), 0, 0.35, _DARK, 1, cv2.LINE_AA
        )
        x, tall = x + max(width, 60) + 8, max(tall, height)
    return sheet[: y + tall + 24]


def tiles() -> np.ndarray:
    """A part of a picture of 4000x3000, in its own size."""
    wall = np.full((3000, 4000, 3), (196, 203, 208), np.uint8)
    wall[2300:2980, 2900:3980] = group()
    small = cv2.resize(group(), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    top, left = 400, 500
    wall[top : top + small.shape[0], left : left + small.shape[1]] = small
    cv2.imwrite('wall.png', wall)
    part = np.s_[top : top + small.shape[0], left : left + small.shape[1]]
    shown = [shown_with('wall.png', *o, part=part) for o in ([], ['--tiles'])]
    return grid(shown, 2)


def small() -> np.ndarray:
    """A part of a picture of 640x480, enlarged: 24 portraits 20 px wide."""
    crowd = np.full((480, 640, 3), (196, 203, 208), np.uint8)
    one = cv2.resize(portrait(), (20, 23), interpolation=cv2.INTER_AREA)
    for row in range(4):
        for column in range(6):
            x, y = 220 + 25 * column + 5 * (row % 2), 180 + 27 * row
            crowd[y : y + 23, x : x + 20] = one
    cv2.imwrite('crowd.png', crowd)
    part = np.s_[160:310, 200:400]
    shown = [shown_with('crowd.png', *o, part=part) for o in ([], ['--small'])]
    return grid(shown, 2)


def turned() -> np.ndarray:
    cv2.imwrite('lying.png', np.rot90(group(), 1))
    shown = [shown_with('lying.png', *o, width=340) for o in ([], ['--turned'])]
    return grid(shown, 2)


def video() -> np.ndarray:
    """Frames of a clip in which a face passes behind a pillar."""
    face = cv2.resize(portrait(), (154, 180), interpolation=cv2.INTER_AREA)
    with av.open('clip.mp4', 'w') as target:
        stream = target.add_stream('libx264', rate=10)
        stream.width, stream.height, stream.pix_fmt = 480, 200, 'yuv420p'
        for number in range(30):
            picture = np.full((200, 480, 3), (196, 203, 208), np.uint8)
            x = 10 + 10 * number
            picture[10:190, x : x + 154] = face
            if number >= 10:
                picture[:, 200:290] = (90, 100, 110)
            frame = av.VideoFrame.from_ndarray(picture, format='bgr24')
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    shown = []
    for options in ([], ['--pixelate']):
        srn_faces('clip.mp4', *options)
        frames = json.loads(Path('faces/clip.mp4.json').read_text())['frames']
        with av.open('faces/clip.mp4') as source:
            pictures = [f.to_ndarray(format='bgr24') for f in source.decode(video=0)]
        for number in (5, 14, 18, 25):
            faces = frames[number]['faces']
            text = f'{frames[number]["time"]} s: ' + ', '.join(
                f'track {f["track"]}' + (f', held {f["held"]} s' if 'held' in f else '')
                for f in faces
            )
            shown.append(titled(pictures[number], text, 320))
    return grid(shown, 4)


def terminal() -> np.ndarray:
    """What is printed and written as text."""
    lines = []

    def ran(*args: str) -> None:
        lines.append('$ srn-faces ' + ' '.join(args))
        lines.extend(srn_faces(*args).replace(str(Path.cwd()), '...').splitlines())

    ran('group.png', 'nosuch.png', '--json', '--csv')
    for command, part in (
        ('tail -n 12 faces/group.png.json', np.s_[-12:]),
        ('head -n 4 faces/faces.csv', np.s_[:4]),
    ):
        lines.append(f'$ {command}')
        lines.extend(Path(command.split()[-1]).read_text().splitlines()[part])
    ran('group.png', '--json', '--csv', '--resume')
    font = ImageFont.truetype(str(_FONT), 13)
    picture = Image.new('RGB', (960, 17 * len(lines) + 12), (24, 28, 32))
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        colour = (120, 220, 140) if line.startswith('$') else (225, 228, 232)
        draw.text((8, 6 + 17 * number), line, colour, font)
    return np.asarray(picture)[..., ::-1]


def main() -> None:
    target = Path(sys.argv[1] if len(sys.argv) > 1 else 'docs/images').resolve()
    made = dict(
        srn_faces=styles,
        faces_thresholds=thresholds,
        faces_crop=crops,
        faces_tiles=tiles,
        faces_small=small,
        faces_turned=turned,
        faces_video=video,
        faces_terminal=terminal,
    )
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        cv2.imwrite('group.png', group())
        for name in sys.argv[2:] or made:
            quality = [cv2.IMWRITE_JPEG_QUALITY, 85]
            data = cv2.imencode('.jpg', made[name](), quality)[1]
            write_file(target / f'{name}.jpg', data.tobytes())


if __name__ == '__main__':
    main()
