"""Annotations in other people's layouts: read, or at least known by name."""

import re
from pathlib import Path

import numpy as np

from .image_names import is_image_name

_NUMBER = r'-?[0-9]+(\.[0-9]+)?'


def layout_hint(lines: list[str]) -> str:
    """What a file is that is not in WIDER FACE's layout, or ''."""
    first = lines[0]
    if first.startswith(('{', '[')):
        return ': this is JSON; COCO JSON is read by COCOFaces, srn_mnet025_own-coco.py'
    if first.startswith('<'):
        return ': this is XML; VOC XML is read by VOCFaces, srn_mnet025_own-voc.py'
    if re.fullmatch(r'[0-9]+(\s+(0|1|[01]?\.[0-9]+)){4}', first):
        return ': these are lines of YOLO, read by YOLOFaces, srn_mnet025_own-yolo.py'
    if first.count(',') > 3:
        return ': this is a table with commas, which no data set here reads'
    if len(lines) > 1 and is_image_name(first) and is_image_name(lines[1]):
        return (
            ': this is a list of images without boxes, which is read as one where its '
            'name ends in filelist.txt'
        )
    if re.fullmatch(rf'({_NUMBER}\s+)+{_NUMBER}', first):
        return ': these are boxes, and the name of their image is not before them'
    return ''


def read_retinaface(
    path: str | Path, lines: list[str], num_columns: int
) -> dict[str, np.ndarray]:
    """Read RetinaFace's ``label.txt``: ``# EVENT/NAME.jpg``, then its faces.

    A face is a line ``x y w h``, in the training file with 16 numbers of landmarks
    behind; these are left out, and all attributes are 0.

    Returns:
        ``{'EVENT/NAME.jpg': (n, num_columns) int32}``, boxes rounded to whole pixels.

    Raises:
        ValueError: A line is neither; names it.
    """
    faces, rows = {}, []
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}: (in RetinaFace's layout)"
        if line.startswith('#'):
            name = line[1:].strip()
            if not is_image_name(name):
                raise ValueError(f"{where} expected an image's name, got {name[:80]!r}")
            if name in faces:
                raise ValueError(f'{where} {name} is listed a second time')
            rows = faces[name] = []
        elif line:
            words = line.split()
            known = all(re.fullmatch(_NUMBER, word) for word in words)
            if not known or len(words) not in (4, 20) or '-' in words[2] + words[3]:
                raise ValueError(
                    f'{where} expected x y w h, or these with 16 numbers of landmarks, '
                    f'got {line[:80]!r}'
                )
            box = [round(float(word)) for word in words[:4]]
            rows.append(box + [0] * (num_columns - 4))
    return {
        name: np.array(rows, np.int32).reshape(-1, num_columns)
        for name, rows in faces.items()
    }
