"""Looking at one input after the other, whatever is wrong with some of them."""

import errno
import io
import os
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import srn_mmdet
from srn_mmdet.apis.inferencer import CONFIG, SRNInferencer
from srn_mmdet.inference.picture import decode_picture, open_picture

from .command import tell
from .inputs import Input
from .progress import Progress
from .results import Results

_MAX_DOWNLOAD = 500_000_000  # bytes
#: a failed write of which later ones would fail as well
_NO_USE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def run(inputs: list[Input], options) -> list[str]:
    """Look at everything.

    Args:
        inputs: As ``find_inputs`` gives them.
        options: As ``parse`` gives them.

    Returns:
        A line for each that was left out or is damaged.

    Raises:
        OSError: Nothing can be written any more; the message names the file.
        ImportError, ValueError, RuntimeError: There is no such detector or device.
    """
    results = Results(options)
    results.make_folder()
    left = [one for one in inputs if not (options.resume and results.is_done(one))]
    if len(left) < len(inputs):
        done = len(inputs) - len(left)
        print(f'{done} of {len(inputs)} done already', file=sys.stderr)
    problems: list[str] = []
    if left:
        detect = SRNInferencer(
            options.config or CONFIG,
            options.checkpoint,
            options.device,
            bf16=options.half,
            **options.looks,
        )
        with Progress(len(left)) as progress:
            for one in left:
                problem = _look(one, detect, options, results, progress)
                if problem:
                    problems.append(problem)
                progress.done()
    results.finish(inputs)
    for line in results.summary(options):
        print(line, file=sys.stderr)
    tell(results.counts())
    return problems


def _look(one: Input, detect, options, results: Results, progress) -> str | None:
    """Look at one input; a line where it was left out or is damaged."""
    try:
        if results.would_overwrite(one):
            return f'{one.source}: would be overwritten; give another --out-dir'
        if one.video:
            from .video import look_at_video

            with _file(one) as path:
                return look_at_video(path, one, detect, options, results, progress)
        picture, note = _read(one)
        rows = results.chosen(detect(picture, options.score_thr))
        results.write(one, picture, rows, note)
        return note or None
    except (ValueError, ImportError) as error:
        return str(error)
    except OSError as error:
        if error.errno in _NO_USE:
            raise OSError(f'{error}; free some space and use --resume') from None
        return str(error)
    except (MemoryError, RuntimeError) as error:
        reason = (str(error) or 'out of memory').splitlines()[0]
        return f'{one.source}: could not be looked at: {reason}'


def _read(one: Input) -> tuple[np.ndarray, str]:
    if one.kind == 'stdin':
        return decode_picture(io.BytesIO(sys.stdin.buffer.read()), 'standard input')
    with _file(one) as path, open_picture(path) as file:
        return decode_picture(file, one.source)


@contextmanager
def _file(one: Input):
    """Where the input lies, which is downloaded for that long."""
    if one.kind != 'url':
        yield one.source
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f'download{one.name.suffix}'
        try:
            agent = {'User-Agent': f'srn_mmdet/{srn_mmdet.__version__}'}
            request = urllib.request.Request(one.source, headers=agent)
            with urllib.request.urlopen(request, timeout=30) as answer:
                size = _copy(answer, path)
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            # an HTTPError's reason lacks the number
            http = isinstance(error, urllib.error.HTTPError)
            reason = error if http else getattr(error, 'reason', error)
            raise ValueError(f'{one.source}: not downloaded: {reason}') from None
        if size > _MAX_DOWNLOAD:
            raise ValueError(f'{one.source}: over {_MAX_DOWNLOAD // 10**6} MB, refused')
        yield os.fspath(path)


def _copy(answer, path: Path) -> int:
    size = 0
    with open(path, 'wb') as file:
        while size <= _MAX_DOWNLOAD and (block := answer.read(1 << 20)):
            size += file.write(block)
    return size
