"""Reading WIDER FACE's own annotation files (wider_face_split/*.txt); numpy only."""

import re
from pathlib import Path

import numpy as np

from .image_names import is_image_name
from .other_layouts import layout_hint, read_retinaface
from .text_file import read_text

#: Columns of the official files: a box (x, y, width, height) in pixels of the raw image
#: (EXIF orientation not applied), then six attributes.
COLUMNS = (
    'x',
    'y',
    'w',
    'h',
    'blur',
    'expression',
    'illumination',
    'invalid',
    'occlusion',
    'pose',
)
# x and y may be negative, nothing else
_ROW = re.compile(r'(-?[0-9]{1,9}\s+){2}([0-9]{1,9}\s+){7}[0-9]{1,9}')


def read_bbx_gt(path: str | Path) -> dict[str, np.ndarray]:
    """Read ``wider_face_{train,val}_bbx_gt.txt``.

    An image is a line ``EVENT/NAME.jpg``, a line with its number of faces n, and n
    lines of ten whole numbers (``COLUMNS``); where n is 0 a line of zeros may follow all
    the same, as in the official files. RetinaFace's label.txt is read too: its boxes,
    without the landmarks, rounded to pixels.

    Returns:
        ``{'EVENT/NAME.jpg': (n, 10) int32}`` in the file's order.

    Raises:
        ValueError: The file breaks the format, has no image or one twice; names the
            file, the line and its text, and the layout where it is a known other one.
    """
    text = read_text(path)
    lines = [line.strip() for line in text.rstrip().split('\n')]
    if lines[0].startswith('# '):
        return read_retinaface(path, lines, len(COLUMNS))
    faces, at = {}, 0
    while at < len(lines):
        name = lines[at]
        if not name:
            at += 1
            continue
        if name in faces:
            raise ValueError(f'{path}:{at + 1}: {name} is listed a second time')
        count = _count(path, lines, at)
        begin, end = at + 2, at + 2 + count
        if not count and begin < len(lines) and _ROW.fullmatch(lines[begin]):
            end += 1
            if set(lines[begin].split()) != {'0'}:
                raise ValueError(
                    f'{path}:{begin + 1}: a face of {name}, which is to have none '
                    f'({lines[begin]!r})'
                )
        faces[name] = _rows(path, lines, name, begin, begin + count)
        at = end
    if not faces:
        raise ValueError(f'{path}: no images in it')
    return faces


def _count(path, lines: list[str], at: int) -> int:
    """The number of faces that a record, which begins at a line, announces."""
    name = lines[at]
    if not is_image_name(name):
        hint = layout_hint(lines) if at == 0 else ''
        raise ValueError(
            f"{path}:{at + 1}: expected an image's name, EVENT/NAME.jpg, got "
            f'{name[:80]!r}{hint}'
        )
    count = lines[at + 1] if at + 1 < len(lines) else ''
    if not re.fullmatch('[0-9]{1,6}', count):
        hint = layout_hint(lines) if at == 0 else ''
        raise ValueError(
            f'{path}:{min(at + 2, len(lines))}: expected the number of faces of {name}, '
            f'got {count[:80]!r}{hint}'
        )
    return int(count)


def _rows(path, lines: list[str], name: str, begin: int, end: int) -> np.ndarray:
    for at in range(begin, end):
        if at >= len(lines):
            raise ValueError(
                f'{path}:{len(lines)}: ends within the {end - begin} faces of {name}'
            )
        if not _ROW.fullmatch(lines[at]):
            raise ValueError(
                f'{path}:{at + 1}: expected {len(COLUMNS)} whole numbers for a face of '
                f'{name} (one of {end - begin}, by line {begin}), got {lines[at][:80]!r}'
            )
    words = ' '.join(lines[begin:end]).split()
    return np.array(words, np.int32).reshape(-1, len(COLUMNS))


def read_list(path: str | Path) -> list[str]:
    """Read a list of images, ``EVENT/NAME.jpg`` a line, as wider_face_test_filelist.

    Raises:
        ValueError: The file is no text, or has no line; names it.
    """
    names = [line.strip() for line in read_text(path).split('\n') if line.strip()]
    if not names:
        raise ValueError(f'{path}: no images in it')
    return names
