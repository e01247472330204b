"""Matlab's .mat files (version 5 to 7.2), read where a damaged one is an error.

scipy's reader believes what a file says of itself: of the files with a few changed bytes
some end it in a segmentation fault, or in an endless loop. So the file's structure is
looked at first. What is compressed has a check sum; what is not is walked through.

Source: MathWorks, "MAT-File Format", level 5.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import numpy as np

_INT8, _INT32, _UINT32, _MATRIX, _COMPRESSED = 1, 5, 6, 14, 15
_SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
_TEXT = {16: 1, 17: 2, 18: 4}
_CELL, _STRUCT, _CHAR, _NUMERIC = 1, 2, 4, range(6, 16)
_IS_COMPLEX = 0x800
_DEPTH = 20


def read_mat(path: str | Path) -> dict:
    """Read a .mat file's variables, as ``scipy.io.loadmat`` gives them.

    Raises:
        FileNotFoundError: There is no such file.
        NotImplementedError: It is of version 7.3, which is HDF5.
        ValueError: It is damaged, or has variables that are neither cells, structs,
            texts nor full arrays; names the file.
    """
    from scipy.io import loadmat

    data = Path(path).read_bytes()
    if data[124:128] in (b'\x00\x02IM', b'\x02\x00MI'):
        raise NotImplementedError(f'{path}: a .mat file of version 7.3, which is HDF5')
    try:
        _check_file(memoryview(data))
        return loadmat(io.BytesIO(data))
    except Exception as error:  # loadmat raises what its many parsers raise
        raise ValueError(f'{path}: no .mat file that can be read ({error})') from None


@contextmanager
def mat_layout(path: str | Path) -> Iterator[None]:
    """Say of which .mat file it is that it is not laid out as it is read in the block."""
    try:
        yield
    except (LookupError, TypeError, AttributeError) as error:
        text = f'{path}: not laid out as the ground truth is ({error})'
        raise ValueError(text) from None
    except (ValueError, NotImplementedError) as error:
        text = str(error)
        named = text if text.startswith(str(path)) else f'{path}: {text}'
        raise ValueError(named) from None


def variable(content: dict, *names: str) -> np.ndarray:
    """The first of these that a .mat file has; else an error with what it has."""
    for name in names:
        if name in content:
            return content[name]
    found = ', '.join(key for key in content if not key.startswith('__'))
    raise ValueError(f'has no {" or ".join(names)}, but {found or "nothing"}')


def _check_file(data: memoryview) -> None:
    version = bytes(data[124:128])
    if version not in (b'\x00\x01IM', b'\x01\x00MI'):
        raise ValueError('its header is not that of one')
    order = '<' if version.endswith(b'IM') else '>'
    for kind, content in _elements(data[128:], order):
        if kind == _COMPRESSED:
            content = memoryview(zlib.decompress(content))  # has a check sum
            kind, size = struct.unpack_from(f'{order}2I', content)
            if kind != _MATRIX or size != len(content) - 8:
                raise ValueError('a compressed variable is none')
        elif kind == _MATRIX:
            _check_matrix(content, order)
        else:
            raise ValueError(f'a variable of the unknown kind {kind}')


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """The kind and the content of each element in a row."""
    at = 0
    while at < len(data):
        if len(data) - at < 8:
            raise ValueError('it ends within an element')
        kind, size = struct.unpack_from(f'{order}2I', data, at)
        begin = at + 8
        if kind >> 16:  # both in one word, the content in the other
            kind, size, begin = kind & 0xFFFF, kind >> 16, at + 4
            if size > 4:
                raise ValueError('a short element is too long')
        if begin + size > len(data):
            raise ValueError('it ends within an element')
        yield kind, data[begin : begin + size]
        at = begin + size
        if kind != _COMPRESSED:
            at += -at % 8  # where the whole begins is a multiple of 8


def _check_matrix(data: memoryview, order: str, depth: int = 0) -> None:
    if not len(data):
        return  # an empty cell
    if depth > _DEPTH:
        raise ValueError('its cells are too deep')
    parts = _elements(data, order)
    flags = struct.unpack(f'{order}2I', _next(parts, _UINT32))[0]
    sides = _next(parts, _INT32)
    sides = struct.unpack(f'{order}{len(sides) // 4}i', sides)
    _next(parts, _INT8)  # its name
    number, of_class = prod(sides), flags & 0xFF
    if len(sides) < 2 or min(sides) < 0:
        raise ValueError(f'an array of the shape {sides}')
    if of_class in (_CELL, _STRUCT):
        if of_class == _STRUCT:
            (length,) = struct.unpack(f'{order}i', _next(parts, _INT32))
            names = len(_next(parts, _INT8))
            if length < 1 or names % length:
                raise ValueError(f'names of {length} letters, {names} in all')
            number *= names // length
        found = 0
        for found, (kind, content) in enumerate(parts, 1):  # noqa: B007
            if kind != _MATRIX:
                raise ValueError(f'a cell of the unknown kind {kind}')
            _check_matrix(content, order, depth + 1)
        if found != number:
            raise ValueError(f'{found} cells where {number} are announced')
    elif of_class == _CHAR or of_class in _NUMERIC:
        sizes = {**_SIZES, **_TEXT} if of_class == _CHAR else _SIZES
        for _ in range(2 if flags & _IS_COMPLEX else 1):
            kind, content = next(parts, (0, b''))
            # UTF-8 may take more bytes than letters
            if kind not in sizes or (
                kind != 16 and len(content) != number * sizes[kind]
            ):
                raise ValueError(f'{len(content)} bytes for {number} values')
        if next(parts, None) is not None:
            raise ValueError('an array has too many parts')
    else:
        raise ValueError(f'an array of the unknown class {of_class}')


def _next(parts: Iterator[tuple[int, memoryview]], wanted: int) -> memoryview:
    kind, content = next(parts, (0, b''))
    if kind != wanted:
        raise ValueError(f'an array with a part of kind {kind} for {wanted}')
    return content
