"""How faces are looked for: options of the program and of the page alike."""

import argparse
from typing import Any


def add_looks(parser) -> None:
    """Add the options.

    Args:
        parser: A parser, or a group of one.
    """
    add = parser.add_argument
    add(
        '--max-side',
        type=int,
        default=1280,
        metavar='PX',
        help='larger pictures are reduced to this; 0: none; default: %(default)s',
    )
    add(
        '--tiles',
        type=_pixels,
        nargs='?',
        const=1280,
        metavar='PX',
        help='look at larger pictures in full size too, in tiles of this (%(const)s)',
    )
    add(
        '--small',
        action='store_true',
        help='look at the picture enlarged too, for small faces',
    )
    add('--turned', action='store_true', help='look at all four orientations')


def looks(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> dict[str, Any]:
    """SRNInferencer's arguments; what it would refuse ends the program."""
    if options.max_side < 0:
        parser.error(f'--max-side {options.max_side}: wants 0 or more')
    if options.tiles is not None and options.tiles < 256:
        parser.error(f'--tiles {options.tiles}: wants 256 or more')
    return dict(
        max_side=options.max_side or None,
        tiles=options.tiles,
        small=options.small,
        turned=options.turned,
    )


def _pixels(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'{text!r} is no number of pixels; name pictures before it'
        ) from None
