"""Names of images: one rule for all who read or write them."""

from pathlib import Path

ENDINGS = (
    *('.jpg', '.jpeg', '.jfif', '.png', '.bmp', '.webp', '.tif', '.tiff'),
    *('.gif', '.ppm', '.pgm'),
)


def image_key(name: str, folders: int = 0) -> str:
    """An image's name with its last ``folders`` folders, without its ending.

    Endings that are known go, in any case and with '.txt' behind them; dots and blanks
    in the name stay: 'a/IMG.1.JPG' is 'IMG.1'. The key of a key is itself.
    """
    *before, last = str(name).strip().replace('\\', '/').split('/')
    while last[(dot := last.rfind('.')) :].lower() in (*ENDINGS, '.txt') and dot > 0:
        last = last[:dot].rstrip()
    return '/'.join([*(before[-folders:] if folders else ()), last])


def is_image_name(line: str) -> bool:
    """Whether a line of a list can be the name of an image: its ending is known."""
    return line.isprintable() and Path(line).suffix.lower() in ENDINGS


def is_visible(name: str | Path) -> bool:
    """Whether a path is no dot file, nor in a dot folder or macOS's __MACOSX.

    Below the folder that was asked for: that one may be called as it likes.
    """
    parts = str(name).replace('\\', '/').split('/')
    return not any(part.startswith('.') or part == '__MACOSX' for part in parts)


def visible_files(folder: str | Path, pattern: str) -> list[Path]:
    """Files by name, without those that macOS puts beside them (._*, __MACOSX)."""
    folder = Path(folder)
    return sorted(
        path for path in folder.glob(pattern) if is_visible(path.relative_to(folder))
    )
