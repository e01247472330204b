"""Pictures from strangers."""

import io
import warnings

import numpy as np
from PIL import Image

from ..inference import decode_picture
from ..inference.picture import FORMATS


class NoPicture(ValueError):
    """What was sent cannot be read as a picture."""


class TooManyPixels(ValueError):
    """A picture that is larger than is allowed."""


def decode(data: bytes, max_pixels: int) -> tuple[np.ndarray, str, str]:
    """Unpack a picture, whose size is looked at first.

    Args:
        data: A file's content.
        max_pixels: More are refused before there is memory taken for them.

    Returns:
        (H, W, 3) uint8, BGR, turned as its EXIF says; the format's name; and a sentence
        on what is wrong with it, or ''.

    Raises:
        NoPicture, TooManyPixels
    """
    kind, (width, height) = _header(data)
    if width * height > max_pixels:
        raise TooManyPixels(
            f'a picture of {width}x{height} pixels; wants at most '
            f'{max_pixels / 1e6:g} million'
        )
    try:
        image, note = decode_picture(io.BytesIO(data), 'the picture')
    except ValueError as error:
        raise NoPicture(str(error)) from None
    return image, kind, note


def _header(data: bytes) -> tuple[str, tuple[int, int]]:
    """Format and size; ('', (0, 0)) where it has none, of which decoding says why."""
    formats = [name for name in FORMATS if name in Image.OPEN]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # Pillow's own limit, which is another
            with Image.open(io.BytesIO(data), formats=formats or None) as header:
                return str(header.format), header.size
    except Image.DecompressionBombError as error:
        raise TooManyPixels('the picture has far too many pixels') from error
    except Exception:  # whatever a damaged header makes of Pillow's readers
        return '', (0, 0)
