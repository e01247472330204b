"""Detection over very many images on Ray Data: one machine, or a cluster.

The images are divided into shards: a tar or parquet file is one, the images of a folder
are taken some hundred at a time. A shard's result is one parquet file, written aside and
renamed, so that it is there whole or not at all, whoever dies: a shard that is done again
gives the same file, and one that is there is not done again.
"""

import hashlib
import json
import logging
import os
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ..files.image_names import is_visible
from ..written_aside import write_file, written_aside

_ENDINGS = ('.jpg', '.jpeg', '.png', '.webp', '.bmp', '.tif', '.tiff', '.gif')
_MAX_PIXELS = 178_000_000
_DEATHS = 2  # of a worker, after which an image is left out


@dataclass
class Shard:
    """What one worker does at a time.

    Args:
        kind: 'files', 'tar' or 'parquet'.
        source: The tar or parquet file; '' for files.
        names: The images of a shard of files.
        size: Of the tar or parquet file in bytes: another size is another content.
    """

    kind: str
    source: str = ''
    names: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def part(self) -> str:
        """Name of the file with its result."""
        text = '\n'.join([self.kind, self.source, *self.names])
        digest = hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()
        return f'part-{digest[:16]}.parquet'


@dataclass
class Outcome:
    """Of a run: what it did itself; ``already`` are the images that had a row before."""

    images: int = 0
    faces: int = 0
    unreadable: int = 0
    seconds: float = 0.0
    already: int = 0


def detect_many(
    inputs: Sequence[str],
    out_dir: str,
    make_detector: Callable[[], Callable],
    settings: dict | None = None,
    score_thr: float = 0.05,
    workers: int = 1,
    gpus_per_worker: float = 0,
    address: str | None = None,
    shard_size: int = 256,
    image_column: str = 'image',
    id_column: str | None = None,
    report: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Detect faces in all images, and write a row for each to parquet files.

    A row has ``image`` (the file's path as given, or ``TAR/MEMBER``, or ``PARQUET/ROW``
    or the id), ``width``, ``height``, ``boxes`` (x1, y1, x2, y2 each), ``scores`` and
    ``error``, which says why an image could not be read. Run again with the same folder,
    it does what is missing.

    Args:
        inputs: Folders, images, tar and parquet files. All workers must see them.
        out_dir: For the results; all workers must see it.
        make_detector: Makes ``detect(image, score_thr) -> (n, 5)`` in each worker.
        settings: What the results depend on; another run with other settings is refused.
        score_thr: Leave out faces up to this.
        workers: Processes that detect, each with a detector of its own.
        gpus_per_worker: GPUs each of them gets.
        address: Of a Ray cluster; None starts Ray on this machine.
        shard_size: Images of a folder that are done at a time.
        image_column: Of parquet files: the images' bytes.
        id_column: Of parquet files: what identifies an image; None: the row's number.
        report: Called with a line of progress after each shard.

    Raises:
        ImportError: Ray is not installed.
        FileNotFoundError, ValueError: An input does not exist or has no image, the folder
            holds results of other settings, or this machine has fewer GPUs.
    """
    try:
        import ray
    except ImportError:
        raise ImportError(
            "detection on many machines wants Ray: pip install 'srn_mmdet[ray]'"
        ) from None
    out = Path(out_dir).resolve()
    _check_settings(out, dict(settings or {}, score_thr=score_thr))
    shards = list(find_shards(inputs, out, shard_size))
    todo = [shard for shard in shards if not is_done(shard, out)]
    outcome = Outcome(already=_rows_in(out))
    if not todo:
        return outcome
    columns = dict(image_column=image_column, id_column=id_column)
    if not ray.is_initialized() and address:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    elif not ray.is_initialized():
        ray.init(
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
        found = ray.cluster_resources().get('GPU', 0)
        _check_gpus(found, workers, gpus_per_worker)
    os.environ.setdefault('RAY_DATA_LOG_LEVEL', 'ERROR')  # read as it starts
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    done = (
        ray.data.from_items(
            [dict(shard=json.dumps(asdict(shard))) for shard in todo],
            override_num_blocks=len(todo),
        )
        .map_batches(
            _Worker,
            fn_constructor_args=(make_detector, str(out), score_thr, columns),
            compute=ray.data.ActorPoolStrategy(size=workers),
            batch_size=1,
            num_cpus=1,
            num_gpus=gpus_per_worker,
        )
        .iter_rows()
    )
    began = float('inf')
    for number, row in enumerate(done, 1):
        outcome.images += row['images']
        outcome.faces += row['faces']
        outcome.unreadable += row['unreadable']
        began = min(began, row['began'])  # not the driver's start: loading is no speed
        outcome.seconds = time.time() - began
        speed = outcome.images / outcome.seconds
        left = outcome.seconds / number * (len(todo) - number)
        report(
            f'{number} of {len(todo)} shards, {outcome.images} images, '
            f'{speed:.1f} images/s, {left:.0f} s left'
        )
    return outcome


def _check_gpus(found: float, workers: int, each: float) -> None:
    if found < workers * each:  # Ray would wait for them for ever
        raise ValueError(
            f'{each:g} GPU(s) for each of {workers} worker(s): Ray finds {found:g} on '
            'this machine'
        )


def find_shards(inputs: Sequence[str], out: Path, shard_size: int) -> Iterator[Shard]:
    """Divide the inputs; images of a folder that have a result already are left out."""
    files: dict[str, str] = {}  # by real path: given twice is done once
    for given in inputs:
        path = Path(given)
        if path.is_dir():
            found = sorted(
                os.path.join(folder, name)
                for folder, _, names in os.walk(path)
                for name in names
                if Path(folder).resolve() != out
                and is_visible(os.path.relpath(os.path.join(folder, name), path))
            )
            if not found:
                raise ValueError(f'{given}: an empty folder')
        elif path.is_file():
            found = [given]
        else:
            raise FileNotFoundError(f'{given}: no such file or folder')
        for name in found:
            files.setdefault(os.path.realpath(name), name)
    names = list(files.values())
    images = [name for name in names if name.lower().endswith(_ENDINGS)]
    packed = [(name, kind) for name in names if (kind := _packed(name))]
    if not images and not packed:
        raise ValueError(f'{", ".join(inputs)}: no image, tar or parquet file')
    for name, kind in packed:
        yield Shard(kind, name, size=os.path.getsize(name))
    done = _images_done(out)
    images = [name for name in images if name not in done]
    for start in range(0, len(images), shard_size):
        yield Shard('files', names=images[start : start + shard_size])


def _packed(name: str) -> str:
    lower = name.lower()
    if lower.endswith(('.tar', '.tar.gz', '.tgz')):
        return 'tar'
    return 'parquet' if lower.endswith('.parquet') else ''


def is_done(shard: Shard, out: Path) -> bool:
    import pyarrow.parquet as pq

    part = out / shard.part
    if not part.is_file():
        return False
    metadata = pq.read_schema(part).metadata or {}
    return int(metadata.get(b'size', b'-1')) == shard.size


def _images_done(out: Path) -> set[str]:
    import pyarrow.parquet as pq

    done: set[str] = set()
    for part in out.glob('part-*.parquet'):
        done.update(pq.read_table(part, columns=['image'])['image'].to_pylist())
    return done


def _rows_in(out: Path) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(part).num_rows for part in out.glob('part-*.parquet'))


def _check_settings(out: Path, settings: dict) -> None:
    path = out / 'settings.json'
    if not path.is_file():
        write_file(path, json.dumps(settings, indent=1) + '\n')
        return
    there = json.loads(path.read_text())
    for key in sorted({*there, *settings}):
        if there.get(key) != settings.get(key):
            raise ValueError(
                f'{out}: holds results of {key}={there.get(key)}, now it is '
                f'{settings.get(key)}; give another folder'
            )


def _read(shard: Shard, image_column: str, id_column: str | None):
    """(image's name, its content or None where it cannot be read, why not)."""
    if shard.kind == 'files':
        for name in shard.names:
            try:
                yield name, Path(name).read_bytes(), ''
            except OSError as error:
                yield name, None, error.strerror or str(error)
    elif shard.kind == 'tar':
        yield from _read_tar(shard.source)
    else:
        import pyarrow.parquet as pq

        row = 0
        columns = [image_column, *([id_column] if id_column else [])]
        for batch in pq.ParquetFile(shard.source).iter_batches(32, columns=columns):
            for values in batch.to_pylist():
                content = values[image_column]
                if isinstance(content, dict):  # as the Hugging Face hub's files have it
                    content = content.get('bytes')
                key = f'{shard.source}/{row}' if not id_column else values[id_column]
                yield str(key), content, '' if content else 'no bytes'
                row += 1


def _read_tar(source: str):
    seen: dict[str, int] = {}
    with tarfile.open(source) as archive:
        for member in archive:
            if not member.isfile() or not is_visible(os.path.normpath(member.name)):
                continue
            if member.name.lower().endswith(_ENDINGS):
                seen[member.name] = seen.get(member.name, 0) + 1
                again = f'#{seen[member.name]}' if seen[member.name] > 1 else ''
                content = archive.extractfile(member)
                assert content is not None  # it is a file
                yield f'{source}/{member.name}{again}', content.read(), ''


class _Worker:
    """A process of the pool: does shards with one detector."""

    def __init__(
        self, make_detector: Callable, out: str, score_thr: float, columns: dict
    ) -> None:
        self.detect = make_detector()
        self.out, self.score_thr, self.columns = Path(out), score_thr, columns

    def __call__(self, batch: dict) -> dict:
        results = [self.do(Shard(**json.loads(text))) for text in batch['shard']]
        return {key: np.array([of[key] for of in results]) for key in results[0]}

    def do(self, shard: Shard) -> dict:
        began = time.time()
        marker = self.out / f'.{shard.part}.now'
        deaths = _deaths(marker)
        rows = []
        try:
            for name, content, error in _read(shard, **self.columns):
                if deaths.get(name, 0) >= _DEATHS:
                    content, error = None, f'ended the worker {_DEATHS} times'
                _mark(marker, deaths, name)
                rows.append(self._row(name, content, error))
        except (OSError, tarfile.TarError, ValueError, KeyError) as error:
            # a damaged tar or parquet file: what could be read of it is kept
            rows.append(_row(shard.source, error=f'{type(error).__name__}: {error}'))
        _write(rows, self.out / shard.part, shard.size)
        marker.unlink(missing_ok=True)
        return dict(
            images=len(rows),
            faces=sum(len(row['scores']) for row in rows),
            unreadable=sum(row['width'] is None for row in rows),
            began=began,
        )

    def _row(self, name: str, content: bytes | None, error: str) -> dict:
        from ..serve.pictures import NoPicture, TooManyPixels, decode

        if content is None:
            return _row(name, error=error)
        try:
            image, _, note = decode(content, _MAX_PIXELS)
        except (NoPicture, TooManyPixels) as wrong:
            return _row(name, error=str(wrong))
        boxes = self.detect(image, self.score_thr)
        return _row(name, image.shape[:2], boxes, note or None)


def _deaths(marker: Path) -> dict[str, int]:
    """How often each image was the last one that a worker began."""
    try:
        there = json.loads(marker.read_text())
    except (OSError, ValueError):
        return {}
    deaths, image = there['deaths'], there['image']
    return {**deaths, image: deaths.get(image, 0) + 1}


def _mark(marker: Path, deaths: dict[str, int], image: str) -> None:
    # whole whenever the worker dies; on the disk it need not be yet, as the machine lives
    aside = marker.with_suffix('.new')
    aside.write_text(json.dumps(dict(deaths=deaths, image=image)))
    os.replace(aside, marker)


def _row(name: str, size=(None, None), boxes=None, error: str | None = None) -> dict:
    boxes = np.zeros((0, 5), np.float32) if boxes is None else boxes
    return dict(
        image=name,
        width=size[1],
        height=size[0],
        boxes=boxes[:, :4].tolist(),
        scores=boxes[:, 4].tolist(),
        error=error,
    )


def _write(rows: list[dict], path: Path, size: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        dict(
            image=pa.string(),
            width=pa.int32(),
            height=pa.int32(),
            boxes=pa.list_(pa.list_(pa.float32(), 4)),
            scores=pa.list_(pa.float32()),
            error=pa.string(),
        )
    ).with_metadata({'size': str(size)})
    with written_aside(path) as aside:
        pq.write_table(pa.Table.from_pylist(rows, schema), aside)


def light_detector(
    config: str | None, checkpoint: str | None, device: str | None, max_side: int | None
) -> Callable[[], Callable]:
    """What ``make_detector`` is for the package's detectors."""
    return partial(_make, config, checkpoint, device, max_side)


def _make(config, checkpoint, device, max_side):
    import torch

    from .inferencer import CONFIG, SRNInferencer

    torch.set_num_threads(1)  # as many workers as cores, none of which waits
    return SRNInferencer(config or CONFIG, checkpoint, device, max_side)
