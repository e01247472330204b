"""Errors as the user of a command line reads them."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from typing import NoReturn

_SAID = (OSError, ImportError, ValueError, FloatingPointError, MemoryError)


@contextmanager
def one_line_errors(*also: type[Exception]) -> Iterator[None]:
    """End the program with one line, and exit status 1, where something is wrong.

    For errors that say what is wrong with the input; with SRN_TRACEBACK set they come
    with their traceback, as all others do. Under ``mim`` the line is the last but one:
    mim says 'Aborted!' where it would print a traceback of its own.

    Args:
        also: Errors that say it beside the usual ones.
    """
    try:
        yield
    except SystemExit as end:  # argparse has said why
        if end.code and _under_mim():
            _end_mim(end.code)
        raise
    except Exception as error:
        known = isinstance(error, (*_SAID, *also)) or _of_config(error)
        if os.environ.get('SRN_TRACEBACK') or not known:
            raise
        said = f'error: {last_line(error)}  (SRN_TRACEBACK=1 shows where)'
        if _under_mim():
            _end_mim(said)
        sys.exit(said)


def _of_config(error: Exception) -> bool:
    """Whether a config names a class that there is none of, or calls it wrongly."""
    calls = [frame.f_code.co_name for frame, _ in walk_tb(error.__traceback__)]
    wrong_call = isinstance(error, TypeError) and 'build_from_cfg' in calls
    return wrong_call or 'registry' in str(error)


def last_line(error: Exception) -> str:
    """What an error says, without the traceback that a data worker's error has in it."""
    text = str(error).strip()
    if isinstance(error, OSError) and error.filename and error.strerror:
        text = f'{error.filename}: {error.strerror.lower()}'
    if 'Original Traceback' in text:
        text = re.sub(r'^[\w.]+: ', '', text.splitlines()[-1])
    return text or type(error).__name__


def _under_mim() -> bool:
    """Whether mim started this program alone: it prints a traceback where one fails."""
    try:
        words = Path(f'/proc/{os.getppid()}/cmdline').read_bytes().split(b'\0')
    except OSError:
        return False
    names = [os.path.basename(word) for word in words]
    at = names.index(b'mim') + 1 if b'mim' in names[:-1] else 0
    return at > 0 and names[at] in (b'train', b'test', b'run')


def _end_mim(said: int | str) -> NoReturn:
    """End mim as Ctrl-C would, with exit status 1, when all is said."""
    if isinstance(said, str):
        print(said, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os.kill(os.getppid(), signal.SIGINT)
    sys.exit(1)
