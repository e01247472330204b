"""Pictures as they are given: a file, its content, a PIL image or an array."""

import io
import stat
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

#: as their content says; what runs other programs (EPS) or is no picture is not read
FORMATS = (
    'JPEG', 'MPO', 'PNG', 'BMP', 'WEBP', 'TIFF', 'GIF', 'AVIF', 'HEIF', 'JPEG2000', 'PPM'
)  # fmt: skip
_HEIF = (b'heic', b'heix', b'hevc', b'mif1', b'msf1')


def as_picture(given: object, name: str = '') -> np.ndarray:
    """Whatever a picture may be given as, as an array: (H, W, 3) uint8, BGR.

    Args:
        given: A path, the content of a file as bytes, a PIL image (its pixels as they
            are, without regard to an orientation in its metadata), or an array of uint8
            as OpenCV reads it: (H, W) or (H, W, 1) grey, (H, W, 3) BGR, (H, W, 4) BGRA.
        name: What to call it in errors.

    Raises:
        FileNotFoundError, OSError, ValueError, TypeError: It is no such thing, or cannot
            be read; one sentence that names it.
    """
    if isinstance(given, str | Path):
        return read_picture(given)
    if isinstance(given, bytes | bytearray | memoryview):
        array, note = decode_picture(io.BytesIO(given), name or 'these bytes')
        if note:
            warnings.warn(note, stacklevel=2)
        return array
    prefix = f'{name}: ' if name else ''
    if isinstance(given, Image.Image):
        try:
            return _bgr(given)
        except Exception as error:  # read only now, by any of Pillow's decoders
            raise ValueError(
                f'{prefix}a PIL image that cannot be read: {error}'
            ) from None
    wants = 'wants a path, bytes, a PIL image or an array (H, W, 3) of uint8'
    if not isinstance(given, np.ndarray):
        raise TypeError(f'{prefix}{wants}, got {type(given).__name__}')
    channels = given.shape[2] if given.ndim == 3 else 1
    if given.dtype != np.uint8 or given.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise ValueError(
            f'{prefix}{wants}, got an array {given.shape} of {given.dtype}'
        )
    if not given.size:
        raise ValueError(f'{prefix}{wants}, got an array without pixels: {given.shape}')
    if channels == 3:
        return given
    if channels == 4:
        return given[..., :3]
    return np.repeat(given.reshape(*given.shape[:2], 1), 3, 2)


def read_picture(path: str | Path) -> np.ndarray:
    """Read a file as one sees it, with its EXIF orientation: (H, W, 3) uint8, BGR.

    One that is cut off is read as far as it goes, with a warning; of moving pictures the
    first is read.

    Raises:
        FileNotFoundError, OSError, ValueError: There is no such file, or it is none that
            can be read, or no picture, or one of too many pixels.
    """
    with open_picture(path) as file:
        array, note = decode_picture(file, str(path))
    if note:
        warnings.warn(note, stacklevel=2)
    return array


def open_picture(path: str | Path) -> BinaryIO:
    """Open a regular file; anything else, which might be read for ever, is refused.

    Raises:
        OSError: As :func:`read_picture`.
    """
    try:
        mode = Path(path).stat().st_mode
        if not stat.S_ISREG(mode):
            kind = 'a folder' if stat.S_ISDIR(mode) else 'no regular file'
            raise OSError(f'{path}: is {kind}')
        return open(path, 'rb')
    except FileNotFoundError:
        broken = Path(path).is_symlink()
        what = 'a link that leads nowhere' if broken else 'no such file'
        raise FileNotFoundError(f'{path}: {what}') from None
    except (OSError, ValueError) as error:
        reason = getattr(error, 'strerror', None)
        raise OSError(f'{path}: {reason}' if reason else str(error)) from None


def decode_picture(file: BinaryIO, name: str) -> tuple[np.ndarray, str]:
    """Decode a picture.

    Args:
        file: To read from, at its beginning.
        name: What to call it in errors.

    Returns:
        (H, W, 3) uint8, BGR, and a sentence on what is wrong with it, or ''.

    Raises:
        ValueError: It is no picture, or one of more pixels than Pillow takes (179
            million; ``PIL.Image.MAX_IMAGE_PIXELS`` sets half of it): none is decoded.
    """
    _register_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                'ignore'
            )  # Pillow's on large pictures and odd metadata
            with Image.open(
                file, formats=[f for f in FORMATS if f in Image.OPEN]
            ) as opened:
                return _bgr(_upright(opened)), ''
    except Image.DecompressionBombError:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise ValueError(f'{name}: has more than {limit:,} pixels, refused') from None
    except Exception as error:  # Pillow's decoders raise nearly everything
        return _salvage(file, name, error)


def _salvage(file: BinaryIO, name: str, error: Exception) -> tuple[np.ndarray, str]:
    """What can be read of a damaged picture, or why it cannot be read."""
    file.seek(0)
    head = file.read(64)
    if not head:
        raise ValueError(f'{name}: is empty') from None
    if isinstance(error, Image.UnidentifiedImageError):
        reason, kind = '', head[8:12] if head[4:8] == b'ftyp' else b''
        if kind in _HEIF and 'HEIF' not in Image.OPEN:
            reason = ': HEIC wants the package pillow-heif (pip install pillow-heif)'
        if kind in (b'avif', b'avis') and 'AVIF' not in Image.OPEN:
            reason = ': AVIF wants Pillow from 11.3 on'
        raise ValueError(f'{name}: not a picture that can be read{reason}') from None
    cut_off = isinstance(error, OSError | EOFError) and 'truncated' in str(error)
    if not cut_off or head[:2] != b'\xff\xd8':
        what = 'is cut off' if cut_off else 'not a picture that can be read'
        raise ValueError(f'{name}: {what}: {error}') from None
    # with an end put to it, what there is of a JPEG is decoded, and the rest is grey
    file.seek(0)
    try:
        with Image.open(io.BytesIO(file.read() + 8 * b'\xff\xd9')) as opened:
            array = _bgr(_upright(opened))
    except Exception:
        raise ValueError(f'{name}: is cut off: {error}') from None
    return array, f'{name}: is cut off; only what is there was looked at'


def _upright(picture: Image.Image) -> Image.Image:
    picture.load()
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # metadata that says nothing leaves the pixels as they are
        return picture


def _bgr(picture: Image.Image) -> np.ndarray:
    """Pixels of a PIL image of any mode."""
    if picture.mode.startswith('I'):  # 16 bits, or 32 of which 16 are used
        values = np.asarray(picture)
        shift = 8 if values.size and values.max() > 255 else 0
        grey = np.clip(values >> shift, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, 2)
    if picture.mode == 'F':
        raise ValueError('its pixels are floating-point numbers, of no known range')
    return np.ascontiguousarray(np.asarray(picture.convert('RGB'))[..., ::-1])


def _register_heif() -> None:
    Image.init()  # its plugins, once
    if 'HEIF' not in Image.OPEN:
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            return
        register_heif_opener()
