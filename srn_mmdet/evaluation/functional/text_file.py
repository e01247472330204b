"""Text files as other people's tools write them."""

from pathlib import Path


def read_text(path: str | Path) -> str:
    """A file's text, UTF-8 with or without a byte order mark.

    Raises:
        ValueError: The file is no text; names it.
    """
    try:
        return Path(path).read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f'{path}: not a text file ({error})') from None
