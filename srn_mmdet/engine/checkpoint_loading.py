"""Loading checkpoints without unpickling anything but what a checkpoint holds.

mmengine 0.10.7 cannot load its own checkpoints with torch >= 2.6, and on older torch it
unpickles whatever a file holds; its maintained fork falls back to that. Here a file,
local or downloaded, is always loaded with ``weights_only=True`` and a list of the few
classes that mmengine itself puts into a checkpoint: none runs code when it is loaded.
"""

import os
import pickle
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import torch
from mmengine.dist import barrier, get_dist_info
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader

try:
    from numpy._core.multiarray import _reconstruct, scalar
except ImportError:  # numpy 1
    from numpy.core.multiarray import _reconstruct, scalar

_DTYPES = (np.float64, np.float32, np.int64, np.int32, np.uint8, np.bool_)


def _history_method(owner: type, name: str):
    """Stands in for ``getattr``, by which a pickled HistoryBuffer names its methods."""
    if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean'):
        raise pickle.UnpicklingError(f'getattr of {name!r}')
    return getattr(owner, name)


def _numpy_functions() -> list:
    """By the names of numpy 1 and 2: a checkpoint may come from either."""
    return [
        (function, f'numpy.{package}.multiarray.{name}')
        for package in ('core', '_core')
        for name, function in (('_reconstruct', _reconstruct), ('scalar', scalar))
    ]


SAFE_GLOBALS = [
    HistoryBuffer,  # the log's history, so that a resumed log goes on
    (_history_method, 'builtins.getattr'),
    np.ndarray,
    np.dtype,
    *[type(np.dtype(kind)) for kind in _DTYPES],
    *_numpy_functions(),
]


def load_from_local(filename: str, map_location=None) -> dict:
    """Load a checkpoint file; what mmengine calls for every local path.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is no checkpoint, is cut off, or holds more than tensors and
            what mmengine puts beside them; nothing of it was run.
    """
    content = _load(filename, map_location)
    if not isinstance(content, dict) or not all(isinstance(k, str) for k in content):
        kind = type(content).__name__
        what = f'a {kind}' if kind != 'dict' else 'entries without names'
        raise ValueError(f'{filename}: not a checkpoint: it holds {what}')
    return content


def _load(filename: str, map_location):
    try:
        with (
            open(filename, 'rb') as file,
            torch.serialization.safe_globals(SAFE_GLOBALS),
        ):
            return torch.load(file, map_location=map_location, weights_only=True)
    except FileNotFoundError:
        raise FileNotFoundError(f'{filename}: no such checkpoint') from None
    except Exception as error:  # whatever bytes that are no checkpoint lead to
        found = re.search(r'(?:GLOBAL|class|type) ([\w.]+)', str(error))
        what = found[1] if found else str(error).split('. ')[0].split('\n')[0]
        what = what or type(error).__name__
        raise ValueError(
            f'{filename}: not loaded: no checkpoint, cut off, or holding more than '
            f'tensors and the log ({what})'
        ) from error


def load_from_http(
    filename: str, map_location=None, model_dir: str | None = None
) -> dict:
    """Load a checkpoint from the web: what mmengine calls for every URL.

    It is downloaded once a machine, by its first process, as machines need not share a
    disk; its hash is checked where the name ends with one (``resnet50-0676ba61.pth``).

    Raises:
        OSError: The download failed.
        ValueError: As :func:`load_from_local`.
    """
    folder = Path(model_dir or Path(torch.hub.get_dir()) / 'checkpoints')
    path = folder / Path(urlparse(filename).path).name
    if _first_of_machine() and not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            torch.hub.download_url_to_file(filename, str(path), named_digest(path.name))
        except (OSError, RuntimeError) as error:
            raise OSError(
                f'{filename}: not downloaded ({error}); put the file to {path}, or '
                'name another one in the config (for a backbone: --cfg-options '
                'model.backbone.init_cfg.checkpoint=FILE)'
            ) from None
    barrier()
    return load_from_local(str(path), map_location)


def named_digest(name: str) -> str | None:
    """The beginning of the SHA-256 that ends a checkpoint's name, None without one.

    A date (``srn-20251126.pth``, also with a time after it) is none, though its digits
    are hexadecimal ones.
    """
    found = re.search(r'-([0-9a-f]{8,64})\.[a-z]+$', name)
    if found is None or (found[1].isdigit() and _is_date(found[1][:8])):
        return None
    return found[1]


def _is_date(digits: str) -> bool:
    try:
        return 1990 <= datetime.strptime(digits, '%Y%m%d').year < 2100
    except ValueError:
        return False


def _first_of_machine() -> bool:
    """Whether this is the process that downloads for its machine.

    All launchers set LOCAL_RANK but MPI's, whose own variable mmengine reads; processes
    that were started by hand have neither and go by the rank over all machines.
    """
    rank, world_size = get_dist_info()
    if world_size == 1:
        return True
    local = os.environ.get('OMPI_COMM_WORLD_LOCAL_RANK', os.environ.get('LOCAL_RANK'))
    return rank == 0 if local is None else int(local) == 0


# mmengine's log names a loader without its first ten letters
CheckpointLoader.register_scheme('', load_from_local, force=True)
CheckpointLoader.register_scheme(('http://', 'https://'), load_from_http, force=True)
