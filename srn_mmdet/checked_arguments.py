"""Arguments of the public classes: of what kind, and in what range.

What is not is one sentence where it is given, not an error inside at the first picture.
"""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any


def whole(value: Any, name: str, low: int = 1, high: int | None = None) -> int:
    """A whole number in [low, high].

    Raises:
        ValueError: It is none.
    """
    # True would pass as 1
    known = isinstance(value, Integral) and not isinstance(value, bool)
    if not known or value < low or (high is not None and value > high):
        of = f'of {low} or more' if high is None else f'from {low} to {high}'
        raise ValueError(f'{name}={value!r}: wants a whole number {of}')
    return int(value)


def wholes(values: Any, name: str, low: int = 1) -> tuple[int, ...]:
    """Whole numbers of ``low`` or more, one at least.

    Raises:
        ValueError: They are none.
    """
    given = not isinstance(values, str) and isinstance(values, Sequence) and len(values)
    try:
        return tuple(whole(value, name, low) for value in (values if given else [None]))
    except ValueError:
        raise ValueError(
            f'{name}={values!r}: wants whole numbers of {low} or more, as a list'
        ) from None


def share(value: Any, name: str) -> float:
    """A number in [0, 1]: a score, an overlap.

    Raises:
        ValueError: It is none.
    """
    known = isinstance(value, Real) and not isinstance(value, bool)
    if not known or not 0 <= value <= 1:
        raise ValueError(f'{name}={value!r}: wants a number in [0, 1]')
    return value


def switch(value: Any, name: str) -> bool:
    """True or False, and no word, as 'no' would be true.

    Raises:
        ValueError: It is neither.
    """
    if not isinstance(value, bool):
        raise ValueError(f'{name}={value!r}: wants True or False')
    return value


def part(cfg: Any, name: str, least: str = "dict(type='...', ...)") -> dict:
    """The config of a part.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(cfg, dict) or not isinstance(cfg.get('type'), str | type):
        raise ValueError(f'{name}={cfg!r}: wants {least}')
    return cfg
