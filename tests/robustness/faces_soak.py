"""srn-faces and SRNInferencer under what is wrong, long or crowded, part by part.

    python tests/robustness/faces_soak.py PART

images: 40 kinds of bad or odd picture through srn-faces: each is looked at or named, none
ends the run. memory: 2,000 inferences of mixed sizes; the resident memory of the last
quarter is less than 3 % over that of the one before. threads: one inferencer in 8
threads gives what one thread gives.
two-runs: two srn-faces on one folder. sizes: sides of 1 to 65 px. disk: srn-faces on a
file system of 256 KB that becomes full (wants the right to mount one). Exits 1 where
something was not as it should be.
"""

import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import psutil
from PIL import Image

from srn_mmdet import SRNInferencer
from srn_mmdet.demo.portrait import group, portrait

COMMAND = [sys.executable, '-W', 'ignore', '-m', 'srn_faces']


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


def forged(width: int, height: int) -> bytes:
    """A PNG of a size that is only claimed."""
    head = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    data = b'\x89PNG\r\n\x1a\n'
    for kind, body in ((b'IHDR', head), (b'IDAT', zlib.compress(b'')), (b'IEND', b'')):
        crc = struct.pack('>I', zlib.crc32(kind + body))
        data += struct.pack('>I', len(body)) + kind + body + crc
    return data


def kinds() -> Iterator[tuple[str, bytes, bool]]:
    """(name, content, whether faces can be looked for in it)."""
    face = Image.fromarray(np.ascontiguousarray(portrait()[..., ::-1])).resize(
        (160, 160)
    )
    jpeg, png = encoded(face, 'JPEG'), encoded(face, 'PNG')
    for mode in ('1', 'L', 'P', 'RGBA', 'LA', 'I;16'):
        made = (
            face.convert('L').convert('I;16') if mode == 'I;16' else face.convert(mode)
        )
        yield f'mode-{mode.replace(";", "-")}.png', encoded(made, 'PNG'), True
    yield 'cmyk.jpg', encoded(face.convert('CMYK'), 'JPEG'), True
    yield 'progressive.jpg', encoded(face, 'JPEG', progressive=True), True
    for kind, ending in (
        ('GIF', 'gif'), ('BMP', 'bmp'), ('WEBP', 'webp'), ('TIFF', 'tif'),
        ('AVIF', 'avif'), ('JPEG2000', 'jp2'), ('PPM', 'ppm'),
    ):  # fmt: skip
        data = encoded(face, kind)
        yield f'good.{ending}', data, True
        yield f'half.{ending}', data[: len(data) // 2], False
    frames = [face, face.rotate(90)]
    moving = encoded(face, 'GIF', save_all=True, append_images=frames)
    yield 'moving.gif', moving, True
    yield 'float.tif', encoded(face.convert('F'), 'TIFF'), False
    yield 'half.jpg', jpeg[: len(jpeg) // 2], True
    yield 'no-end.jpg', jpeg[:-2], True
    yield 'half.png', png[: len(png) // 2], False
    yield 'head-only.jpg', jpeg[:20], False
    yield 'trailing.jpg', jpeg + bytes(10_000), True
    yield 'named-png.jpg', png, True
    yield 'empty.jpg', b'', False
    yield 'zeros.jpg', bytes(5000), False
    yield 'noise.jpg', random.Random(0).randbytes(5000), False
    yield 'text.jpg', b'<html>404 Not Found</html>', False
    yield 'eps.jpg', b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n', False
    yield 'svg.png', b'<svg xmlns="http://www.w3.org/2000/svg"/>', False
    yield 'photo.heic', b'\0\0\0\x18ftypheic' + bytes(40), False
    yield 'bomb.png', forged(60_000, 60_000), False
    yield 'bomb-long.png', forged(2**31 - 1, 1), False
    yield 'no-pixels.png', forged(0, 5), False
    yield 'claims-more.png', forged(500, 500), False
    broken = bytearray(png)
    broken[60] ^= 255
    yield 'checksum.png', bytes(broken), False
    yield 'one-pixel.png', encoded(Image.new('RGB', (1, 1)), 'PNG'), True
    yield 'thread.png', encoded(Image.new('RGB', (5000, 1)), 'PNG'), True
    yield 'black.jpg', encoded(Image.new('RGB', (300, 200)), 'JPEG'), True
    exif = Image.Exif()
    exif[274] = 99
    yield 'odd-exif.jpg', encoded(face, 'JPEG', exif=exif), True
    yield 'icc.jpg', encoded(face, 'JPEG', icc_profile=b'nonsense'), True


def images(folder: Path) -> bool:
    wanted = {}
    for name, content, good in kinds():
        (folder / name).write_bytes(content)
        wanted[name] = good
    (folder / 'link.jpg').symlink_to('nowhere')
    (folder / 'loop.jpg').symlink_to('loop.jpg')
    os.mkfifo(folder / 'pipe.jpg')
    (folder / os.fsdecode(b'\xff.jpg')).write_bytes(b'no picture')
    wanted |= dict.fromkeys(['link.jpg', 'loop.jpg', 'pipe.jpg', '\\udcff.jpg'], False)
    out = folder.parent / 'out'
    done = subprocess.run(
        [*COMMAND, folder, '--out-dir', out],
        capture_output=True,
        text=True,
        timeout=600,
    )
    wrong = 0
    for name, good in wanted.items():
        written = list(out.glob(f'{name}*.json'))
        named = f'/{name}: ' in done.stderr
        if bool(written) != good or not (written or named):
            print(f'{name}: wanted {good}, written {bool(written)}, named {named}')
            wrong += 1
    print(done.stderr)
    crashed = 'Traceback' in done.stderr or done.returncode != 1
    print(f'{len(wanted)} kinds, {wrong} not as they should be; exit {done.returncode}')
    return not wrong and not crashed


def memory(number: int = 2000) -> bool:
    """Sizes of 8 to 500 px, so that it ends in minutes."""
    detect, draw = SRNInferencer(device='cpu'), random.Random(0)
    picture, process, seen = group(), psutil.Process(), []
    for step in range(number):
        size = draw.randint(8, 500), draw.randint(8, 500)
        detect(cv2.resize(picture, size), 0.5)
        if step % (number // 20) == number // 20 - 1:
            seen.append(process.memory_info().rss / 1e6)
            print(f'{step + 1} inferences: {seen[-1]:.0f} MB', flush=True)
    # the allocator keeps what the largest of many sizes took, so that it begins by rising
    quarter = len(seen) // 4
    grown = np.mean(seen[-quarter:]) / np.mean(seen[-2 * quarter : -quarter]) - 1
    print(f'last quarter against the one before: {grown:+.1%}')
    return grown < 0.03


def threads(number: int = 8, each: int = 12) -> bool:
    detect, draw = SRNInferencer(device='cpu'), random.Random(0)
    sizes = [(draw.randint(60, 400), draw.randint(60, 400)) for _ in range(each)]
    pictures = [cv2.resize(group(), size) for size in sizes]
    thresholds = [draw.choice((0.05, 0.3, 0.6)) for _ in range(each)]
    wanted = [detect(p, t) for p, t in zip(pictures, thresholds, strict=True)]

    def work(seed: int) -> int:
        order, wrong = list(range(each)), 0
        random.Random(seed).shuffle(order)
        for i in order:
            rows = detect(pictures[i], thresholds[i])
            same = rows.shape == wanted[i].shape and np.allclose(
                rows, wanted[i], atol=1e-3
            )
            wrong += not same
        return wrong

    with ThreadPoolExecutor(number) as pool:
        wrong = sum(pool.map(work, range(number)))
    print(
        f'{number} threads, {number * each} inferences, {wrong} differ from one thread'
    )
    return not wrong


def two_runs(folder: Path) -> bool:
    """Both write the same folder, from the same pictures, at the same time."""
    for number in range(12):
        cv2.imwrite(str(folder / f'{number}.jpg'), group())
    out = folder.parent / 'out'
    command = [*COMMAND, folder, '--out-dir', out, '--csv', '--crop']
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    errors = [run.communicate()[1].decode() for run in runs]
    statuses = [run.returncode for run in runs]
    for path in out.glob('*.json'):
        json.loads(path.read_text())
    whole = all(cv2.imread(str(path)) is not None for path in out.rglob('*.jpg'))
    left = [path for path in out.rglob('.*') if path.is_file()]
    print(f'exits {statuses}, {len(list(out.glob("*.json")))} JSON, all whole: {whole}')
    print(*errors, *left)
    return (
        statuses == [0, 0]
        and whole
        and not left
        and len(list(out.glob('*.json'))) == 12
    )


def sizes() -> bool:
    detect, picture, wrong = SRNInferencer(device='cpu'), group(), 0
    pairs = [(a, b) for a in range(1, 66) for b in (1, 2, 31, 32, 33, 64, 65, a)]
    for height, width in pairs:
        rows = detect(cv2.resize(picture, (width, height)))
        ends = np.array([width, height] * 2) + 1
        inside = (rows[:, :4] >= -1).all() and (rows[:, :4] <= ends).all()
        wrong += not (np.isfinite(rows).all() and inside)
    print(f'{len(pairs)} sizes of sides from 1 to 65 px, {wrong} not as they should be')
    return not wrong


def disk(folder: Path) -> bool:
    out = folder.parent / 'small'
    out.mkdir()
    for number in range(6):
        cv2.imwrite(str(folder / f'{number}.jpg'), group())
    mount = ['mount', '-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', out]
    subprocess.run(mount, check=True)
    try:
        done = subprocess.run(
            [*COMMAND, folder, '--out-dir', out], capture_output=True, text=True
        )
        whole = all(cv2.imread(str(path)) is not None for path in out.glob('*.jpg'))
        for path in out.glob('*.json'):
            json.loads(path.read_text())
        pictures, left = len(list(out.glob('*.jpg'))), list(out.glob('.*'))
    finally:
        subprocess.run(['umount', out], check=True)
    print(done.stdout, done.stderr)
    print(f'exit {done.returncode}; {pictures} pictures there, all whole: {whole}')
    said = 'cannot be written: No space left' in done.stderr
    return done.returncode == 3 and said and whole and not left and pictures > 0


def main() -> None:
    parts = dict(
        images=images, memory=memory, threads=threads, sizes=sizes, disk=disk
    ) | {'two-runs': two_runs}
    if len(sys.argv) != 2 or sys.argv[1] not in parts:
        sys.exit(__doc__)
    part = parts[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / 'in'
        given.mkdir()
        needs = part in (images, two_runs, disk)
        sys.exit(not (part(given) if needs else part()))


if __name__ == '__main__':
    main()
