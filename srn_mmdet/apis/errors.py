"""Errors as the user of a command line reads them."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SAID = (OSError, ImportError, ValueError, FloatingPointError, MemoryError)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End the program with one line, and exit status 1, where something is wrong.

    For errors that say what is wrong with the input; with SRN_TRACEBACK set they come
    with their traceback, as all others do.
    """
    try:
        yield
    except Exception as error:
        known = isinstance(error, _SAID) or 'registry' in str(error)
        if os.environ.get('SRN_TRACEBACK') or not known:
            raise
        where = "mim's traceback follows and says no more; " if _under_mim() else ''
        sys.exit(f'error: {last_line(error)}  ({where}SRN_TRACEBACK=1 shows where)')


def last_line(error: Exception) -> str:
    """What an error says, without the traceback that a data worker's error has in it."""
    text = str(error).strip()
    if 'Original Traceback' in text:
        text = re.sub(r'^[\w.]+: ', '', text.splitlines()[-1])
    return text or type(error).__name__


def _under_mim() -> bool:
    """Whether mim started this program: it prints a traceback of its own then."""
    try:
        words = Path(f'/proc/{os.getppid()}/cmdline').read_bytes().split(b'\0')
    except OSError:
        return False
    return any(os.path.basename(word) == b'mim' for word in words[:3])
