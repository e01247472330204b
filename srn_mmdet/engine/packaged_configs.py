"""The configs that come with the package, and which of them a network is."""

from pathlib import Path

import torch
from mmdet.registry import MODELS
from mmengine.config import Config

import srn_mmdet


def config_folder() -> Path:
    """configs/, in the installed package or in a checkout."""
    package = Path(srn_mmdet.__file__).resolve().parent
    installed = package / '.mim' / 'configs'
    return installed if installed.is_dir() else package.parent / 'configs'


def packaged_configs() -> dict[str, str]:
    """Paths of the package's configs by file name, those at the top first."""
    found = [p for p in config_folder().rglob('*.py') if '_base_' not in p.parts]
    found.sort(key=lambda path: (len(path.parts), len(path.name), path.name))
    return {path.name: str(path) for path in found}


def fitting_config(shapes: dict[str, torch.Size]) -> str | None:
    """The first packaged config whose network has just these tensors, by their names.

    Takes seconds, as it builds one network after the other (without memory for it).
    Those over mmdet's own configs are left out: for each of them mmengine reads all of
    mmdet's metafiles, and their checkpoints are mmdet's with parts of this package.
    """
    wanted = _weights(shapes)
    for name, path in packaged_configs().items():
        if 'mmdet::' in Path(path).read_text():
            continue
        cfg = Config.fromfile(path)
        if 'backbone' in cfg.model:
            cfg.model.backbone.init_cfg = None
        try:
            found = tensors_of(cfg.model)
        except (ImportError, KeyError):  # wants a package that is not installed
            continue
        if _weights(found) == wanted:
            return name
    return None


def tensors_of(model: dict) -> dict[str, torch.Size]:
    """The shapes of a network's tensors by name, from its config."""
    try:
        with torch.device('meta'):
            state = MODELS.build(model).state_dict()
    except RuntimeError:  # some, such as Swin, read numbers off a tensor when built
        state = MODELS.build(model).state_dict()
    return {key: value.shape for key, value in state.items()}


def _weights(shapes: dict[str, torch.Size]) -> dict[str, torch.Size]:
    """Without batch norm's counters, which older checkpoints lack."""
    return {k: s for k, s in shapes.items() if not k.endswith('num_batches_tracked')}
