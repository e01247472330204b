"""Text files as other people's tools write them."""

from pathlib import Path

import numpy as np


def read_text(path: str | Path) -> str:
    r"""A file's text, UTF-8 with or without a byte order mark, with '\n' for line ends.

    Raises:
        ValueError: The file is no text; names it and the line.
    """
    data = Path(path).read_bytes()
    try:
        text = data.decode('utf-8-sig')
    except UnicodeDecodeError as error:
        line = data.count(b'\n', 0, error.start) + 1
        raise ValueError(
            f'{path}:{line}: not a text file (byte 0x{data[error.start]:02x} is no UTF-8)'
        ) from None
    return text.replace('\r\n', '\n').replace('\r', '\n')


def finite_numbers(words: list[str]) -> np.ndarray | None:
    """Words as float64, or None where one is no finite number as a file has it.

    Stricter than ``float``, which takes 'nan', '1_0' and the digits of other scripts.
    """
    try:
        values = np.array(words, np.float64)
    except ValueError:
        return None
    text = ' '.join(words)
    plain = text.isascii() and '_' not in text
    return values if plain and np.isfinite(values).all() else None
