"""Reading WIDER FACE's own annotation files (wider_face_split/*.txt); numpy only."""

from pathlib import Path

import numpy as np

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


def read_bbx_gt(path: str | Path) -> dict[str, np.ndarray]:
    """Read ``wider_face_{train,val}_bbx_gt.txt``.

    An image is a line ``EVENT/NAME.jpg``, a line with its number of faces n, and n
    lines of ten whole numbers (``COLUMNS``); where n is 0 a line of zeros follows all
    the same.

    Returns:
        ``{'EVENT/NAME.jpg': (n, 10) int32}`` in the file's order.

    Raises:
        ValueError: The file breaks the format; names the file, the line and its text.
    """
    lines = Path(path).read_text().splitlines()
    names, counts, rows, starts = [], [], [], []
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        try:
            count = int(lines[at + 1])
        except (IndexError, ValueError):
            bad = min(at + 1, len(lines) - 1)
            raise ValueError(
                f'{path}:{bad + 1}: expected the number of faces of '
                f'{lines[at].strip()}, got {lines[bad]!r}'
            ) from None
        names.append(lines[at].strip())
        counts.append(count)
        starts.append(at + 2)
        if count:
            rows += lines[at + 2 : at + 2 + count]
        at += 2 + max(count, 1)
    values = _numbers(rows)
    if len(rows) != sum(counts) or values is None:
        raise ValueError(_first_bad_line(path, lines, names, counts, starts))
    ends = np.cumsum(counts)
    return {
        name: values[end - count : end]
        for name, count, end in zip(names, counts, ends, strict=True)
    }


def _numbers(rows: list[str]) -> np.ndarray | None:
    try:
        values = np.array(' '.join(rows).split(), dtype=np.int32)
    except (ValueError, OverflowError):
        return None
    if len(values) != len(rows) * len(COLUMNS):
        return None
    return values.reshape(-1, len(COLUMNS))


def _first_bad_line(path, lines, names, counts, starts) -> str:
    for name, count, start in zip(names, counts, starts, strict=True):
        for at in range(start, start + count):
            if at >= len(lines):
                return f'{path}: ends within the {count} faces of {name}'
            if _numbers([lines[at]]) is None:
                return (
                    f'{path}:{at + 1}: expected {len(COLUMNS)} whole numbers for a '
                    f'face of {name}, got {lines[at]!r}'
                )
    return f'{path}: cannot be read'


def read_list(path: str | Path) -> list[str]:
    """Read a list of images, ``EVENT/NAME.jpg`` a line, as wider_face_test_filelist."""
    return [line.strip() for line in Path(path).read_text().split('\n') if line.strip()]
