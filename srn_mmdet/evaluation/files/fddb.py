"""FDDB's files: folds of ellipses, detections, image sizes, ROC curves."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...files.image_names import image_key, visible_files
from ...files.text_file import finite_numbers, read_text
from ...written_aside import write_file
from ..functional.fddb import ROC, to_ellipses


@dataclass
class FDDBDetections:
    """Detections as FDDB wants them.

    Attributes:
        boxes: Image ('2002/08/11/big/img_591') -> (n, 5) rectangles x, y, w, h, score,
            or (n, 6) ellipses major, minor, angle, centre x, centre y, score.
        doubled: Images that occur more than once; the first counts.
    """

    boxes: dict[str, np.ndarray]
    doubled: list[str] = field(default_factory=list)


FOLDERS = 4  # 2002/08/11/big/img_591


def read_folds(folder: str | Path) -> dict[str, np.ndarray]:
    """Read ``FDDB-fold-*-ellipseList.txt`` of the FDDB-folds folder.

    Returns:
        Image -> (n, 5) ellipses: major radius, minor radius, angle, centre x, centre y.

    Raises:
        FileNotFoundError: There is no such file in the folder.
        ValueError: A file breaks the format.
    """
    paths = visible_files(folder, '*ellipseList.txt')
    if not paths:
        raise FileNotFoundError(
            f'{folder}: no FDDB-fold-*-ellipseList.txt in it. It is the folder '
            'FDDB-folds of FDDB-folds.tgz from the home page of FDDB'
        )
    faces = {}
    for path in paths:
        for image, rows in _read_blocks(path):
            if image in faces:
                raise ValueError(f'{path}: {image} is listed a second time')
            if len(rows) and rows.shape[1] != 6:
                raise ValueError(
                    f'{path}: {image} has {rows.shape[1]} numbers a line; wanted 6 '
                    '(major minor angle cx cy 1)'
                )
            faces[image] = rows[:, :5] if len(rows) else np.zeros((0, 5))
    return faces


def read_fddb_detections(path: str | Path) -> FDDBDetections:
    """Read one file or a folder of fold files: image, number n, then n lines.

    A line is ``x y w h score`` or ``major minor angle cx cy score``, the same in all
    files. Takes trailing blanks, CRLF, any order and images with or without '.jpg'.

    Raises:
        FileNotFoundError: There is no such file or no txt in the folder.
        ValueError: A file breaks the format; names the file and the line.
    """
    path = Path(path)
    paths = visible_files(path, '*.txt') if path.is_dir() else [path]
    if not paths or not paths[0].is_file():
        what = 'no such file or folder'
        if path.is_dir():
            what = 'no .txt in this folder'
            if below := visible_files(path, '*/*.txt'):
                what += f', but {len(below)} further down, in {below[0].parent}'
        raise FileNotFoundError(f'{path}: {what}')
    detections, columns = FDDBDetections({}), None
    for file in paths:
        for image, rows in _read_blocks(file):
            if image in detections.boxes:
                detections.doubled.append(image)
                continue
            if len(rows):
                columns = columns or rows.shape[1]
                if rows.shape[1] not in (5, 6) or rows.shape[1] != columns:
                    raise ValueError(
                        f'{file}: {image} has {rows.shape[1]} numbers a line; wanted 5 '
                        '(x y w h score) or 6 (major minor angle cx cy score) everywhere'
                    )
            detections.boxes[image] = rows
    return detections


def _read_blocks(path: Path):
    """(image, (n, columns) rows), one after the other."""
    lines = read_text(path).rstrip().split('\n')
    if lines == ['']:
        raise ValueError(f'{path}: no images in it')
    at = 0
    while at < len(lines):
        name = lines[at].strip()
        if not name:
            at += 1
            continue
        number = lines[at + 1].strip() if at + 1 < len(lines) else ''
        if finite_numbers(name.split()) is not None:
            raise ValueError(
                f'{path}:{at + 1}: expected the name of an image, got {name[:80]!r}'
            )
        if not (number.isascii() and number.isdigit()):
            raise ValueError(
                f'{path}:{at + 2}: expected the number of faces of {name[:80]}, got '
                f'{number[:80]!r}'
            )
        rows = [line.split() for line in lines[at + 2 : at + 2 + int(number)]]
        if len(rows) < int(number):
            raise ValueError(
                f'{path}:{len(lines)}: ends within the {number} lines of {name}'
            )
        for line, row in enumerate(rows, at + 3):
            if len(row) != len(rows[0]) or finite_numbers(row) is None or not row:
                raise ValueError(
                    f'{path}:{line}: expected {number} lines of as many numbers each for '
                    f'{name}, got {" ".join(row)[:80]!r}'
                )
        rows = np.array(rows, np.float64).reshape(int(number), -1 if rows else 0)
        yield image_key(name, FOLDERS), rows
        at += 2 + int(number)


def read_image_sizes(path: str | Path) -> dict[str, tuple[int, int]]:
    """Read a csv with the columns image, width, height.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A column is missing or not a number; names the line.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such file')
    sizes = {}
    with io.StringIO(read_text(path)) as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                size = int(row['width']), int(row['height'])
                if min(size) < 1:
                    raise ValueError
                image = image_key(row['image'], FOLDERS)
            except (KeyError, TypeError, ValueError):
                raise ValueError(
                    f'{path}:{number}: expected the columns image,width,height, '
                    '1 or more, got '
                    f'{",".join(str(value) for value in row.values())}'
                ) from None
            if image in sizes:
                raise ValueError(f'{path}:{number}: {image} is listed a second time')
            sizes[image] = size
    if not sizes:
        raise ValueError(f'{path}: no images in it')
    return sizes


def measure_images(folder: str | Path, images: list[str]) -> dict[str, tuple[int, int]]:
    """Width and height from the images' headers, ``folder/IMAGE.jpg``.

    Raises:
        FileNotFoundError: The first image that is missing.
    """
    from PIL import Image

    sizes = {}
    for image in images:
        path = Path(folder) / f'{image}.jpg'
        if not path.is_file():
            raise FileNotFoundError(
                f'{path}: no such image. FDDB wants the size of every image: unpack '
                'originalPics.tar.gz, or give a csv with image,width,height'
            )
        with Image.open(path) as file:
            sizes[image] = file.size
    return sizes


def write_fddb_detections(
    path: str | Path,
    detections: dict[str, tuple[np.ndarray, np.ndarray]],
    ellipses: bool = False,
) -> None:
    """Write one file as the official tool reads it.

    Args:
        path: The file.
        detections: Image -> boxes (n, 4) x1, y1, x2, y2 and scores (n,).
        ellipses: Write :func:`to_ellipses` of the boxes.
    """
    lines = []
    for image, (boxes, scores) in detections.items():
        boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
        rows = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1)
        if ellipses:
            rows = to_ellipses(rows)
        lines += [image_key(image, FOLDERS), str(len(rows))]
        lines += [
            ' '.join(f'{value:.9g}' for value in (*row, score))
            for row, score in zip(rows, scores, strict=True)
        ]
    write_file(path, '\n'.join(lines) + '\n')


def write_roc(prefix: str | Path, roc: ROC) -> None:
    """Write ``PREFIX{Disc,Cont}ROC.txt`` as the official tool does, lowest first."""
    for kind, rates in (('Disc', roc.discrete), ('Cont', roc.continuous)):
        lines = []
        for rate, wrong, score in zip(
            rates[::-1], roc.false_positives[::-1], roc.scores[::-1], strict=True
        ):
            lines.append(f'{rate:g} {int(wrong)}')
            if kind == 'Disc':
                lines[-1] += f' {score:g}'
        write_file(f'{prefix}{kind}ROC.txt', '\n'.join(lines) + '\n')


def read_rocs(folder: str | Path) -> dict[str, dict[str, tuple]]:
    """Read every ``NAME{Disc,Cont}ROC.txt`` below a folder: rate, false positives.

    Returns:
        'discrete' and 'continuous' -> NAME -> rates (n,), false positives (n,).

    Raises:
        FileNotFoundError: There is none.
        ValueError: A file breaks the format; names it.
    """
    curves = {'discrete': {}, 'continuous': {}}
    for kind, ending in (('discrete', 'DiscROC'), ('continuous', 'ContROC')):
        for path in visible_files(folder, f'**/*{ending}.txt'):
            name = path.stem.removesuffix(ending).rstrip('_-')
            rates = []
            for number, line in enumerate(read_text(path).split('\n'), 1):
                row = finite_numbers(line.split())
                if row is None or len(row) == 1:
                    raise ValueError(
                        f'{path}:{number}: expected "rate false-positives", got '
                        f'{line[:80]!r}'
                    )
                if len(row):
                    rates.append(row[:2])
            curves[kind][name] = tuple(np.array(rates).reshape(-1, 2).T)
    if not any(curves.values()):
        raise FileNotFoundError(f'{folder}: no *DiscROC.txt or *ContROC.txt below it')
    return curves
