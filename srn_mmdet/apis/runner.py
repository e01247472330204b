"""Training and testing a config by mmengine's Runner: what tools/train.py calls."""

import difflib
import os
import os.path as osp
import shutil
from inspect import signature
from pathlib import Path

import torch
from mmdet.registry import METRICS
from mmengine.config import Config, ConfigDict
from mmengine.dist import is_main_process
from mmengine.logging import print_log
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from srn_mmdet.engine import SRNRunner
from srn_mmdet.engine.packaged_configs import packaged_configs
from srn_mmdet.engine.safe_checkpoint_hook import latest_checkpoint

from ..written_aside import written_aside
from .config_options import check_options


def load_config(
    config: str,
    work_dir: str | None = None,
    data_root: str | None = None,
    cfg_options: dict | None = None,
    launcher: str = 'none',
) -> Config:
    """Load a config and apply what the command line says.

    Args:
        config: Path of a config, or the name of one that comes with the package.
        work_dir: For logs and checkpoints; default ``work_dirs/<config's name>``.
        data_root: Put in place of the config's ``data_root`` wherever it is used.
        cfg_options: Single options, by dotted name; they have the last word.
        launcher: none, pytorch, slurm or mpi.
    """
    path = find_config(config)
    if osp.splitext(path)[1] not in ('.py', '.json', '.yml', '.yaml'):
        raise ValueError(f'{path}: not a config: wants .py, .json, .yml or .yaml')
    cfg = Config.fromfile(path)
    cfg.launcher = launcher
    if data_root is not None:
        _replace_root(cfg._cfg_dict, cfg.get('data_root'), osp.join(data_root, ''))
    if cfg_options:
        check_options(cfg, cfg_options)
        cfg.merge_from_dict(cfg_options)
    if work_dir is not None:
        cfg.work_dir = work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = osp.join('work_dirs', Path(config).stem)
    return cfg


def find_config(config: str) -> str:
    """A config's path, or that of the packaged config of this name.

    Only a bare name, with or without its ending, is looked up in the package: a path
    that does not exist is an error, even where its last part is a packaged config's.
    """
    if osp.isfile(config):
        return config
    if osp.isdir(config):
        raise FileNotFoundError(f'{config}: a folder, not a config')
    if osp.basename(config) != config:
        raise FileNotFoundError(
            f'{config}: no such config (packaged ones go by their names alone)'
        )
    name = config.removesuffix('.py') + '.py'
    packaged = packaged_configs()
    if name in packaged:
        return packaged[name]
    near = difflib.get_close_matches(name, packaged, n=1)
    hint = f'; the nearest is {near[0]}' if near else ''
    raise FileNotFoundError(f'{config}: no such config, nor one of the package{hint}')


def _replace_root(node: dict | list, old: str | None, new: str) -> None:
    """Replace the data root at the start of every string below a config node."""
    if not old:
        raise ValueError('--data-root: the config has no data_root to be replaced')
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(items):
        if isinstance(value, str) and value.startswith(old):
            node[key] = new + value.removeprefix(old)
        elif isinstance(value, dict | list):
            _replace_root(value, old, new)


def train(
    cfg: Config,
    amp: bool = False,
    resume: str | None = None,
    auto_scale_lr: bool = False,
    on_nan: str = 'stop',
    on_bad_image: str = 'skip',
) -> None:
    """Train.

    Args:
        cfg: As :func:`load_config` gives it.
        amp: Automatic mixed precision: float16 on a GPU, bfloat16 on a CPU.
        resume: A checkpoint to go on from, or 'auto' for the newest in the work folder
            (starts as the config says where there is none).
        auto_scale_lr: Scale the learning rate by the batch over all processes.
        on_nan: 'stop' where a loss is no finite number, or 'skip' the step.
        on_bad_image: 'skip' an image that cannot be read, or 'stop'. Those passed over
            are listed in ``unreadable_images.txt`` in the work folder.
    """
    if amp and torch.cuda.is_available():
        cfg.optim_wrapper.type = 'AmpOptimWrapper'
        cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')
    elif amp:
        cfg.optim_wrapper.type = 'BFloat16OptimWrapper'
    if auto_scale_lr:
        if 'base_batch_size' not in cfg.get('auto_scale_lr', {}):
            raise ValueError('--auto-scale-lr: the config has no base_batch_size')
        cfg.auto_scale_lr.enable = True
    if resume == 'auto':
        # not left to mmengine: where there is nothing to resume, it starts without
        # load_from
        resume = latest_checkpoint(cfg.work_dir)
        if resume is None:
            print_log(
                f'--resume: no checkpoint in {cfg.work_dir}: starts anew', 'current'
            )
    if resume is not None:
        cfg.resume = True
        cfg.load_from = resume
    if cfg.get('load_from'):
        cfg.load_from = _existing(cfg.load_from)
    _check_backbone_weights(cfg)
    _add_hook(cfg, type='NonFiniteLossHook', action=on_nan)
    record = osp.join(cfg.work_dir, 'unreadable_images.txt')
    if _load_training_images(cfg.train_dataloader, on_bad_image, record):
        _add_hook(cfg, type='UnreadableImagesHook', record=record)
    _build(cfg).train()


def test(
    cfg: Config,
    checkpoint: str,
    split: str = 'val',
    out_dir: str | None = None,
    show_dir: str | None = None,
    tta: bool = False,
    amp: bool = False,
    channels_last: bool = False,
    fuse: bool = False,
) -> dict:
    """Test a checkpoint.

    Args:
        cfg: As :func:`load_config` gives it.
        checkpoint: Its path.
        split: 'val', or 'test': WIDER FACE's test images, whose labels are not public;
            this only writes the files for submission, and a zip of them.
        out_dir: Write the detections in the benchmark's own format into this folder.
        show_dir: Draw the detections on the images, into this folder.
        tta: Test-time augmentation, as the config's ``tta_model`` and ``tta_pipeline``
            say; batches are of one image, as the views differ from image to image.
        amp: Automatic mixed precision: float16 on a GPU, bfloat16 on a CPU.
        channels_last: Lay the convolutions out with channels last.
        fuse: Fold batch norm into the convolutions.

    Returns:
        The metrics.

    Raises:
        ValueError: The config cannot do one of these.
    """
    cfg.load_from = _existing(str(checkpoint))
    if split == 'test' and cfg.test_dataloader.dataset.type != 'WIDERFace':
        raise ValueError(
            f"--split test is WIDER FACE's, the config tests on "
            f'{cfg.test_dataloader.dataset.type}'
        )
    if out_dir is not None or split == 'test':
        out_dir = out_dir or osp.join(cfg.work_dir, f'wider_face_{split}')
        kind = cfg.test_evaluator.type
        metric = METRICS.get(kind)  # None: building it says so
        if metric is not None and 'out_dir' not in signature(metric).parameters:
            raise ValueError(
                f'--out-dir: {kind} writes no files of detections (for CocoMetric: '
                '--cfg-options test_evaluator.outfile_prefix=PREFIX)'
            )
        cfg.test_evaluator.out_dir = out_dir
    if split == 'test':
        dataset = cfg.test_dataloader.dataset
        dataset.ann_file = 'wider_face_split/wider_face_test_filelist.txt'
        dataset.data_prefix = dict(img='WIDER_test/images')
        dataset.image_list = cfg.test_evaluator.image_list = None
        cfg.test_evaluator.ground_truth = None
    if show_dir is not None:
        cfg.default_hooks.visualization.update(
            draw=True, test_out_dir=osp.abspath(show_dir), score_thr=0.5
        )
    if tta:
        missing = [key for key in ('tta_model', 'tta_pipeline') if key not in cfg]
        if missing:
            raise ValueError(f'--tta: the config has no {" and no ".join(missing)}')
        cfg.model = ConfigDict(cfg.tta_model, module=cfg.model)
        cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
        cfg.test_dataloader.batch_size = 1
    if amp:
        cfg.test_cfg.fp16 = True
    if channels_last:
        _add_hook(cfg, type='ChannelsLastHook')
    if fuse:
        # a checkpoint's weights are the averaged ones already: EMAHook has nothing to do
        hooks = cfg.get('custom_hooks', [])
        cfg.custom_hooks = [
            *(hook for hook in hooks if hook['type'] != 'EMAHook'),
            dict(type='FuseConvBNHook'),
        ]
    metrics = _build(cfg).test()
    if split == 'test' and is_main_process():
        archive = f'{out_dir}.zip'
        with written_aside(archive) as aside:
            shutil.make_archive(str(aside.with_suffix('')), 'zip', out_dir)
        print_log(f'To submit: {archive}', 'current')
    return metrics


def _build(cfg: Config) -> Runner:
    if cfg.launcher == 'pytorch':
        if 'RANK' not in os.environ:
            raise ValueError(
                '--launcher pytorch: call it by torchrun --nproc_per_node N'
            )
        if not torch.cuda.is_available():
            _distribute_without_gpu(cfg)
    if 'runner_type' in cfg:
        return RUNNERS.build(cfg)
    return SRNRunner.from_cfg(cfg)


def _add_hook(cfg: Config, **hook) -> None:
    """Add a hook, unless the config has one of its type."""
    hooks = cfg.get('custom_hooks') or []
    if hook['type'] not in [there['type'] for there in hooks]:
        cfg.custom_hooks = [*hooks, hook]


def _load_training_images(node, action: str, record: str) -> int:
    """Let LoadTrainingImage load all images below a config node; how many do."""
    found = 0
    if isinstance(node, dict):
        if node.get('type') == 'LoadImageFromFile':
            node.update(type='LoadTrainingImage', action=action, record=record)
            found = 1
        node = list(node.values())
    if isinstance(node, list | tuple):
        found += sum(_load_training_images(item, action, record) for item in node)
    return found


def _distribute_without_gpu(cfg: Config) -> None:
    """Join the processes here, as mmengine's launcher and wrapper both want a GPU."""
    torch.distributed.init_process_group('gloo')
    cfg.model_wrapper_cfg = dict(
        type='MMDistributedDataParallel',
        device_ids=None,
        broadcast_buffers=False,
        find_unused_parameters=cfg.get('find_unused_parameters', False),
    )


def _existing(checkpoint: str) -> str:
    if '://' not in checkpoint and not osp.isfile(checkpoint):
        raise FileNotFoundError(f'{checkpoint}: no such checkpoint')
    return checkpoint


def _check_backbone_weights(cfg: Config) -> None:
    """Say at once, and in a sentence, that the ImageNet weights cannot be loaded."""
    if cfg.get('load_from') or cfg.get('resume'):
        return
    init_cfg = cfg.model.backbone.get('init_cfg') or {}
    checkpoint = init_cfg.get('checkpoint', '') if isinstance(init_cfg, dict) else ''
    option = '--cfg-options model.backbone.init_cfg.checkpoint=FILE'
    if checkpoint.startswith('torchvision://'):
        try:
            import torchvision  # noqa: F401
        except ImportError:
            raise ImportError(
                f'{checkpoint}: wants torchvision, which is not installed; install it, '
                f'or give the ImageNet weights as a file: {option}'
            ) from None
    elif checkpoint and '://' not in checkpoint and not os.path.isfile(checkpoint):
        raise FileNotFoundError(
            f"{checkpoint}: no such file (the backbone's ImageNet weights); give "
            f'another: {option}'
        )
