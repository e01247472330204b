"""A published model's weights: in the package, in the cache, or fetched from a zoo."""

import hashlib
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path

import torch
from filelock import FileLock

from .index import SCHEME, PublishedModel

#: environment variable: URL or folder of the zoo that weights are fetched from
ZOO = 'SRN_MMDET_ZOO'
_PACKAGED = Path(__file__).resolve().parents[1] / 'weights'
_CHUNK = 2**20


def weights_of(
    model: PublishedModel, folder: str | Path | None = None, zoo: str | None = None
) -> Path:
    """The file with a model's weights, whose hash is the metafile's.

    Args:
        model: From the metafile.
        folder: Put them here; default: leave them in the package, or download them to
            PyTorch's cache.
        zoo: URL or folder to fetch them from. Default: the environment variable
            ``SRN_MMDET_ZOO``, or else what the metafile says.

    Raises:
        OSError: They could not be fetched.
        ValueError: Their hash is another one; nothing is kept of them.
    """
    packaged = _PACKAGED / model.file
    if packaged.is_file() and folder is None and zoo is None:
        if not sha256(packaged).startswith(model.sha256):
            raise ValueError(f'{packaged}: is damaged: not the SHA-256 of the metafile')
        return packaged
    target = Path(folder or Path(torch.hub.get_dir()) / 'checkpoints') / model.file
    zoo = zoo or os.environ.get(ZOO)
    if zoo:
        source = f'{zoo.rstrip("/")}/{model.file}'
    elif packaged.is_file():
        source = str(packaged)
    elif model.weights.startswith(SCHEME):
        raise FileNotFoundError(
            f'{model.name}: its weights {model.file} do not come with the package; say '
            f'where they are: {ZOO}=URL or FOLDER'
        )
    else:
        source = model.weights
    return fetch(source, target, model.sha256)


def fetch(source: str, target: Path, digest: str) -> Path:
    """Fetch a file; only one whose SHA-256 begins with the digest gets its name.

    A download that is cut off stays as ``TARGET.part``, and the next call goes on from
    there. Several processes may call this for one target.

    Raises:
        OSError, ValueError: As :func:`weights_of` raises them.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise OSError(f'{target.parent}: a file, not a folder') from None
    part = target.with_name(target.name + '.part')
    with FileLock(target.with_name(f'.{target.name}.lock')):
        if target.is_file() and sha256(target).startswith(digest):
            return target
        resumed = part.exists()
        _get(source, part)
        if resumed and not sha256(part).startswith(digest):
            part.unlink()  # the begun file was of something else
            _get(source, part)
        found = sha256(part)
        if not found.startswith(digest):
            part.unlink()
            raise ValueError(
                f'{source}: damaged or another file: its SHA-256 begins with '
                f'{found[:8]}, not with {digest[:8]}; nothing of it is used'
            )
        part.replace(target)
    return target


def sha256(path: str | Path) -> str:
    """Hexadecimal digits of a file's SHA-256."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _get(source: str, part: Path) -> None:
    if '://' not in source:
        try:
            shutil.copyfile(source, part)
        except FileNotFoundError:
            raise FileNotFoundError(f'{source}: no such file in the zoo') from None
        return
    done = part.stat().st_size if part.exists() else 0
    try:
        request = urllib.request.Request(source)
        if done:
            request.add_header('Range', f'bytes={done}-')
        with urllib.request.urlopen(request, timeout=60) as answer:
            if answer.status != 206:  # whatever was begun, this is all of it
                done = 0
            size = done + int(answer.headers.get('Content-Length') or 0)
            with open(part, 'ab' if done else 'wb') as file:
                shutil.copyfileobj(answer, file, _CHUNK)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing comes after what is there
            return
        raise OSError(f'{source}: not downloaded: {error}') from None
    except (OSError, ValueError) as error:
        raise OSError(f'{source}: not downloaded: {error}') from None
    if part.stat().st_size < size:
        raise OSError(
            f'{source}: cut off after {part.stat().st_size:,} of {size:,} bytes; the '
            'next call goes on from there'
        )
