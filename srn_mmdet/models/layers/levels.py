"""Levels of a pyramid as configs name them."""

from collections.abc import Sequence


def as_levels(levels: Sequence[int], num_levels: int, name: str) -> tuple[int, ...]:
    """Levels, counted from the lowest, each once and ascending.

    Args:
        levels: As a config gives them; negative ones count from the end, so that
            (-3, -2, -1) are the three highest of any pyramid.
        num_levels: Of the pyramid.
        name: The argument's, for the error.

    Raises:
        ValueError: They are no such levels.
    """
    wrong = (
        f'{name}={levels}: wants levels of 0..{num_levels - 1}, ascending, each once'
    )
    if isinstance(levels, str) or not isinstance(levels, Sequence | range):
        raise ValueError(f'{wrong}, as a tuple or list')
    if not all(
        isinstance(each, int) and -num_levels <= each < num_levels for each in levels
    ):
        raise ValueError(f'{wrong} (negative: from the end)')
    found = tuple(each % num_levels for each in levels)
    if list(found) != sorted({*found}):
        raise ValueError(wrong)
    return found
