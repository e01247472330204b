"""The images of predictions beside those of the ground truth."""

from collections.abc import Collection
from pathlib import Path


def require_known_images(
    path: str | Path, found: Collection[str], wanted: Collection[str]
) -> None:
    """Refuse predictions of which none is on an image of the ground truth.

    Args:
        path: Where they were read.
        found: The names of their images, with folders where the benchmark has some.
        wanted: Those of the ground truth's.

    Raises:
        ValueError: Names an image that is there and one that is wanted, the same in
            another folder if there is one.
    """
    if not found or not wanted or any(image in wanted for image in found):
        return
    names = {_name(image): image for image in wanted}
    same = next((image for image in found if _name(image) in names), None)
    there = same or next(iter(found))
    text = (
        f'{path}: none of its {len(found):,} images is in the ground truth: it has '
        f'{there}, wanted are names as {names.get(_name(there)) or next(iter(wanted))}'
    )
    folders = {image.rpartition('/')[0] for image in found}
    if same and len(folders) == 1 and len(found) > 1:
        text += f'. All are in one folder, {folders.pop() or "or none"}'
    raise ValueError(text)


def count_missing_and_unknown(
    found: Collection[str], wanted: Collection[str]
) -> tuple[int, int]:
    """How many images are wanted and not found, and found and not wanted."""
    missing = sum(image not in found for image in wanted)
    return missing, sum(image not in wanted for image in found)


def _name(image: str) -> str:
    return image.rsplit('/', 1)[-1]
