"""Writing a file whole or not at all: beside its name first, then renamed."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_file(path: str | Path, content: str | bytes) -> None:
    """Write a file, and the folders it is in.

    A text is written as UTF-8; a file name in it that is not UTF-8 keeps its bytes.

    Raises:
        OSError: It cannot be written, for example as the disk is full; the message names
            the file, and what was there before is there still.
    """
    if isinstance(content, str):
        content = content.encode('utf-8', 'surrogateescape')
    with written_aside(path) as aside:
        aside.write_bytes(content)


@contextmanager
def written_aside(path: str | Path) -> Iterator[Path]:
    """A new file beside ``path``, of the same ending, that takes its name at the end.

    For what another library writes; nothing but the writing belongs into the block.
    Its name begins with a dot, so that what a killed process leaves is passed over by
    those who read the folder. What is no regular file (``/dev/stdout``) is written as it
    is.

    Raises:
        OSError: As :func:`write_file`.
    """
    wanted = path
    path = Path(os.path.realpath(path))  # a link stays, and what it leads to changes
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file() and not path.is_dir():
            yield path
            return
        aside = path.with_name(f'.{os.getpid()}-{secrets.token_hex(4)}{path.suffix}')
        try:
            yield aside
            with open(aside, 'rb') as file:
                os.fsync(file.fileno())  # some file systems say only here: full
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        failed = OSError(f'{wanted}: cannot be written: {error.strerror or error}')
        failed.errno = error.errno
        raise failed from error
