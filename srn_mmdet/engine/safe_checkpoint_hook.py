"""Checkpoints that are never worse than those that they take the place of."""

import os.path as osp
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from mmdet.registry import HOOKS
from mmengine.hooks import CheckpointHook
from mmengine.model import is_model_wrapper


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """CheckpointHook that removes the old after the new is written, and writes no NaN.

    mmengine's removes first: with a full disk, or killed in between, a run with
    ``max_keep_ckpts=1`` has no checkpoint left. Arguments are CheckpointHook's.

    Raises:
        FloatingPointError: A weight is NaN or infinite; nothing is written or removed.
        OSError: The checkpoint cannot be written; nothing is removed.
    """

    def _save_checkpoint(self, runner) -> None:
        with self._removing_afterwards(runner):
            super()._save_checkpoint(runner)

    def _save_best_checkpoint(self, runner, metrics: dict) -> None:
        with self._removing_afterwards(runner):
            super()._save_best_checkpoint(runner, metrics)

    @contextmanager
    def _removing_afterwards(self, runner) -> Iterator[None]:
        _check_finite(runner)
        backend = self.file_backend
        self.file_backend = later = _LaterRemoval(backend)
        try:
            yield
        finally:
            self.file_backend = backend
        for path in later.to_remove:
            # not what has just been written by the same name
            if path not in (self.last_ckpt, getattr(self, 'best_ckpt_path', None)):
                backend.remove(path)


class _LaterRemoval:
    """A file backend that only notes what it is told to remove."""

    def __init__(self, backend) -> None:
        self.backend, self.to_remove = backend, []

    def __getattr__(self, name: str):
        return getattr(self.backend, name)

    def remove(self, path: str) -> None:
        self.to_remove.append(path)


def _check_finite(runner) -> None:
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    for key, value in model.state_dict().items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise FloatingPointError(
                f'epoch {runner.epoch + 1}, step {runner.iter}: {key} has values that '
                'are no finite numbers; no checkpoint is written, the last one stays'
            )


def latest_checkpoint(work_dir: str) -> str | None:
    """The newest checkpoint in a work folder.

    The one that ``last_checkpoint`` names, also where the folder was moved or the note
    is cut off; else the one of the highest epoch or iteration.
    """
    folder = Path(work_dir)
    note = folder / 'last_checkpoint'
    named = note.read_text().strip() if note.is_file() else ''
    for path in (named, folder / osp.basename(named)):
        if named and osp.isfile(path):
            return str(path)
    numbered = [
        (int(found[1]), str(path))
        for path in folder.glob('*.pth')
        if (found := re.fullmatch(r'(?:epoch|iter)_(\d+)\.pth', path.name))
    ]
    return max(numbered)[1] if numbered else None
