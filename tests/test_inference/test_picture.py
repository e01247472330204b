"""Whatever a picture is given as, the same pixels; whatever it is not, one sentence."""

import io
import os
import warnings

import numpy as np
import pytest
from PIL import Image

from srn_mmdet.inference import as_picture, read_picture


@pytest.fixture
def pixels():
    """Blocks, so that lossy formats keep them: BGR."""
    return np.kron(
        np.arange(60, dtype=np.uint8).reshape(4, 5, 3) * 4, np.ones((8, 8, 1), np.uint8)
    )


def encoded(pixels, kind='PNG', **options) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels[..., ::-1] if pixels.ndim == 3 else pixels).save(
        data, kind, **options
    )
    return data.getvalue()


def test_a_file_bytes_and_a_pil_image_are_one_picture(pixels, tmp_path):
    data = encoded(pixels)
    (tmp_path / 'a.png').write_bytes(data)
    for given in (
        str(tmp_path / 'a.png'),
        tmp_path / 'a.png',
        data,
        memoryview(data),
        Image.fromarray(pixels[..., ::-1]),
        pixels,
        np.concatenate([pixels, pixels[..., :1]], 2),  # BGRA
    ):
        np.testing.assert_array_equal(as_picture(given), pixels)


@pytest.mark.parametrize('shape', [(4, 5), (4, 5, 1)])
def test_a_grey_array_is_grey(shape):
    grey = np.arange(20, dtype=np.uint8).reshape(shape)
    for channel in np.moveaxis(as_picture(grey), 2, 0):
        np.testing.assert_array_equal(channel, grey.reshape(4, 5))


@pytest.mark.parametrize(
    'kind', ['JPEG', 'WEBP', 'GIF', 'TIFF', 'BMP', 'PPM', 'JPEG2000']
)
def test_formats_are_read_by_their_content(pixels, kind, tmp_path):
    (tmp_path / 'a').write_bytes(encoded(pixels, kind))
    read = read_picture(tmp_path / 'a').astype(int)
    assert read.shape == pixels.shape and np.abs(read - pixels).mean() < 8


@pytest.mark.parametrize('mode', ['1', 'L', 'P', 'RGBA', 'LA', 'CMYK', 'I', 'I;16'])
def test_pil_images_of_any_mode_are_taken(mode):
    assert as_picture(Image.new(mode, (5, 4))).shape == (4, 5, 3)


def test_16_bits_are_scaled_not_clipped():
    grey = np.array([[0, 255 << 8, 128 << 8]], np.uint16)
    assert as_picture(encoded(grey))[0, :, 0].tolist() == [0, 255, 128]


def test_a_file_is_read_as_it_is_seen_and_a_pil_image_as_it_is(pixels):
    exif = Image.Exif()
    exif[274] = 6  # to be turned by a quarter
    data = encoded(pixels, exif=exif)
    np.testing.assert_array_equal(as_picture(data), np.rot90(pixels, 3))
    opened = Image.open(io.BytesIO(data))
    np.testing.assert_array_equal(as_picture(opened), pixels)


def test_a_cut_off_jpeg_is_said_and_read_as_far_as_it_goes():
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    data = encoded(noise, 'JPEG')
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        whole = as_picture(data)
    with pytest.warns(UserWarning, match='these bytes: is cut off'):
        half = as_picture(data[: len(data) // 2])
    np.testing.assert_array_equal(half[:15], whole[:15])
    assert not np.array_equal(half, whole)


@pytest.mark.parametrize('kind', ['PNG', 'BMP', 'TIFF', 'GIF', 'WEBP', 'JPEG2000'])
def test_other_cut_off_files_are_refused(pixels, kind):
    data = encoded(pixels, kind)
    with pytest.raises(ValueError, match='these bytes: (is cut off|not a picture)'):
        as_picture(data[: len(data) // 2])


def bomb() -> bytes:
    """A PNG that claims 60,000x60,000 pixels."""
    import struct
    import zlib

    head = struct.pack('>IIBBBBB', 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = b''
    for kind, body in ((b'IHDR', head), (b'IDAT', zlib.compress(b'')), (b'IEND', b'')):
        crc = struct.pack('>I', zlib.crc32(kind + body))
        chunks += struct.pack('>I', len(body)) + kind + body + crc
    return b'\x89PNG\r\n\x1a\n' + chunks


def test_a_decompression_bomb_is_refused():
    with pytest.raises(ValueError, match=r'bytes: has more than 178,956,970 pixels'):
        as_picture(bomb())


@pytest.mark.parametrize(
    'make, said',
    [
        (lambda path: None, 'no such file'),
        (lambda path: path.symlink_to('nowhere'), 'a link that leads nowhere'),
        (lambda path: path.symlink_to(path.name), 'Too many levels of symbolic links'),
        (lambda path: path.mkdir(), 'is a folder'),
        (lambda path: os.mkfifo(path), 'is no regular file'),
        (lambda path: path.write_bytes(b''), 'is empty'),
        (
            lambda path: path.write_bytes(b'no picture'),
            'not a picture that can be read',
        ),
        (
            lambda path: path.write_bytes(b'\0\0\0\x18ftypheic' + bytes(40)),
            'HEIC wants the package pillow-heif',
        ),
    ],
)
def test_a_file_that_is_no_picture_is_one_sentence(tmp_path, make, said):
    path = tmp_path / 'a.jpg'
    make(path)
    with pytest.raises((OSError, ValueError), match=rf'a\.jpg: .*{said}') as error:
        read_picture(path)
    assert '\n' not in str(error.value)


@pytest.mark.skipif(os.geteuid() == 0, reason='root reads everything')
def test_an_unreadable_file_is_named(tmp_path):
    (tmp_path / 'a.jpg').touch(mode=0)
    with pytest.raises(OSError, match=r'a\.jpg: Permission denied'):
        read_picture(tmp_path / 'a.jpg')


@pytest.mark.parametrize(
    'wrong',
    [
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8, 2), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros(8, np.uint8),
        None,
        3,
        dict(image=1),
        Image.new('F', (4, 4)),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(wrong):
    with pytest.raises((TypeError, ValueError), match=r'picture 3: (wants|a PIL)'):
        as_picture(wrong, 'picture 3')
