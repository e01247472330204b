"""mmengine's runner, that says what it trains on and loses nothing."""

import os.path as osp

from mmdet.engine.hooks import NumClassCheckHook
from mmengine.dist import is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner
from torch.utils.data import DataLoader

from srn_mmdet.written_aside import write_file

from .check_weights_hook import CheckWeightsHook
from .data_counts import check_faces, no_images
from .non_finite_loss_hook import NonFiniteLossHook
from .resume_report_hook import ResumeReportHook
from .safe_checkpoint_hook import SafeCheckpointHook

#: what every run has, unless its config has a hook of this type of its own
HOOKS = (CheckWeightsHook, ResumeReportHook, NonFiniteLossHook)


@RUNNERS.register_module()
class SRNRunner(Runner):
    """A Runner for people's own data and small disks.

    Beside what mmengine's does,

    - the config is dumped into the run's time-stamped folder: one that lies in the work
      folder itself stays as its author wrote it;
    - each data set says how many images and faces it has, and one without any face stops
      the run;
    - a checkpoint is written whole or not at all (whole_files.py), and older ones go
      afterwards (SafeCheckpointHook in the place of CheckpointHook);
    - HOOKS are there.
    """

    def dump_config(self) -> None:
        if not is_main_process():
            return
        name = osp.basename(self.cfg.filename or 'config.py')
        write_file(osp.join(self._log_dir, name), self.cfg.pretty_text)

    @staticmethod
    def build_dataloader(
        dataloader: DataLoader | dict,
        seed: int | None = None,
        diff_rank_seed: bool = False,
    ) -> DataLoader:
        try:
            loader = Runner.build_dataloader(dataloader, seed, diff_rank_seed)
        except ValueError as error:
            # numpy's words, where mmengine puts a list of no images together
            if 'need at least one array' not in str(error):
                raise
            raise ValueError(no_images(dataloader['dataset'])) from None
        check_faces(loader.dataset)
        return loader

    def build_train_loop(self, loop: BaseLoop | dict) -> BaseLoop:
        for name in ('max_epochs', 'max_iters', 'val_interval'):
            number = loop.get(name) if isinstance(loop, dict) else None
            if number is not None and not number > 0:
                raise ValueError(f'train_cfg.{name}={number}: wants 1 or more')
        return super().build_train_loop(loop)

    def load_or_resume(self) -> None:
        dataset = self.train_dataloader.dataset if self.is_training else None
        if getattr(dataset, 'metainfo', None):
            try:
                NumClassCheckHook()._check_head(self, 'train')
            except AssertionError as error:
                raise ValueError(str(error)) from None
        super().load_or_resume()

    @property
    def is_training(self) -> bool:
        """Whether train() was called: its loop has been built then."""
        return isinstance(self._train_loop, BaseLoop)

    def register_default_hooks(self, hooks: dict | None = None) -> None:
        hooks = dict(hooks or {})
        checkpoint = hooks.get('checkpoint', dict(type='CheckpointHook'))
        if isinstance(checkpoint, dict) and checkpoint.get('type') == 'CheckpointHook':
            hooks['checkpoint'] = dict(checkpoint, type=SafeCheckpointHook)
        super().register_default_hooks(hooks)

    def register_hooks(
        self, default_hooks: dict | None = None, custom_hooks: list | None = None
    ) -> None:
        hooks = list(custom_hooks or [])
        there = [hook['type'] if isinstance(hook, dict) else '' for hook in hooks]
        hooks += [dict(type=kind) for kind in HOOKS if kind.__name__ not in there]
        super().register_hooks(default_hooks, hooks)
