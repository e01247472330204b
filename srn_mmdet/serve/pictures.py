"""Pictures from strangers."""

import io

import cv2
import numpy as np
from PIL import Image

_FORMATS = ('JPEG', 'PNG', 'WEBP', 'BMP', 'GIF', 'TIFF')


class NoPicture(ValueError):
    """What was sent cannot be read as a picture."""


class TooManyPixels(ValueError):
    """A picture that is larger than is allowed."""


def decode(data: bytes, max_pixels: int) -> tuple[np.ndarray, str]:
    """Unpack a picture, whose size is looked at first.

    Args:
        data: A file's content.
        max_pixels: More are refused before there is memory taken for them.

    Returns:
        (H, W, 3) uint8, BGR, turned as its EXIF says, and the format's name.

    Raises:
        NoPicture, TooManyPixels
    """
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as header:
            width, height = header.size
            kind = str(header.format)
    except Image.DecompressionBombError:
        raise TooManyPixels('the picture has far too many pixels') from None
    except Exception:  # whatever a damaged header makes of Pillow's readers
        raise NoPicture(
            f'not a picture that can be read ({", ".join(_FORMATS)} are)'
        ) from None
    if width * height > max_pixels:
        raise TooManyPixels(
            f'a picture of {width}x{height} pixels; wants at most '
            f'{max_pixels / 1e6:g} million'
        )
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise NoPicture(f'a damaged {kind} picture')
    return image, kind
