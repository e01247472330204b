"""What was given to look at: files, what is below folders, addresses, cameras."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

PICTURES = frozenset(
    {'.jpg', '.jpeg', '.jfif', '.png', '.bmp', '.webp', '.tif', '.tiff', '.gif'}
    | {'.avif', '.heic', '.heif', '.jp2', '.ppm', '.pgm'}
)
VIDEOS = frozenset({'.mp4', '.mov', '.m4v', '.mkv', '.webm', '.avi', '.mpg', '.mpeg'})
#: what results are written as; others get .jpg or .mkv behind their name
_WRITTEN = frozenset(
    {'.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff'}
    | {'.mp4', '.mov', '.m4v', '.mkv'}
)


@dataclass(frozen=True)
class Input:
    """Something to look at.

    Args:
        source: As given, or a file below a folder that was given.
        name: Of what is written about it, below the folder of results; no two the same.
        kind: 'file', 'url', 'camera' or 'stdin'.
        video: Whether it is one.
    """

    source: str
    name: Path
    kind: str = 'file'
    video: bool = False


def find_inputs(
    given: Sequence[str], out_dir: str | Path
) -> tuple[list[Input], list[str]]:
    """Find what to look at.

    Of folders, files with the ending of a picture or video are taken, also further down.
    Names that begin with a dot (macOS's companions ``._*``), ``__MACOSX`` and ``out_dir``
    are passed over, and links to folders are not followed.

    Returns:
        What was found, and a line for each input that holds nothing or cannot be read.
    """
    found, problems, names = [], [], set()
    for one in given:
        if one == '-':
            found.append(Input(one, _unique(Path('stdin.jpg'), names), 'stdin'))
        elif re.fullmatch(r'camera:\d+', one):
            name = Path(one.replace(':', '-') + '.mkv')
            found.append(Input(one, _unique(name, names), 'camera', True))
        elif re.match(r'https?://', one):
            name = Path(unquote(Path(urlparse(one).path).name) or 'picture').name
            found.append(_input(one, Path(name), names, 'url'))
        elif os.path.isdir(one):
            files = sorted(_below(one, os.path.realpath(out_dir), problems))
            if not files:
                problems.append(f'{one}: no picture in this folder')
            for path in files:
                found.append(_input(path, Path(os.path.relpath(path, one)), names))
        elif os.path.lexists(one):  # whatever is wrong with it is said on reading
            found.append(_input(one, Path(os.path.basename(one)), names))
        else:
            problems.append(f'{one}: no such file or folder')
    return found, problems


def _input(source: str, name: Path, names: set[Path], kind: str = 'file') -> Input:
    video = name.suffix.lower() in VIDEOS
    if name.suffix.lower() not in _WRITTEN:
        name = name.with_name(name.name + ('.mkv' if video else '.jpg'))
    return Input(source, _unique(name, names), kind, video)


def _unique(name: Path, names: set[Path]) -> Path:
    number, unique = 1, name
    while unique in names:
        number += 1
        unique = name.with_name(f'{name.stem}-{number}{name.suffix}')
    names.add(unique)
    return unique


def _below(folder: str, out_dir: str, problems: list[str]) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        problems.append(f'{error.filename}: {error.strerror}')

    for at, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [
            name
            for name in folders
            if not _hidden(name) and os.path.realpath(os.path.join(at, name)) != out_dir
        ]
        for name in files:
            ending = os.path.splitext(name)[1].lower()
            if ending in PICTURES | VIDEOS and not _hidden(name):
                yield os.path.join(at, name)


def _hidden(name: str) -> bool:
    return name.startswith('.') or name == '__MACOSX'
