"""Options of the command line that go into a config: are they ones it knows?"""

import difflib
import inspect
from collections.abc import Callable, Iterator

import mmdet.registry
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner
from torch.utils.data import DataLoader

#: keys that the code reads from parts of a config which no class's arguments name
_KNOWN = {
    'model.test_cfg': 'nms_pre score_thr nms max_per_img min_bbox_size stc_score_thr rpn '
    'rcnn',
    'model.train_cfg': 'assigner sampler allowed_border pos_weight debug rpn rcnn '
    'rpn_proposal',
    'randomness': 'seed diff_rank_seed deterministic',
    'env_cfg': 'cudnn_benchmark mp_cfg dist_cfg resource_limit',
    'auto_scale_lr': 'enable base_batch_size',
    'optim_wrapper': 'constructor paramwise_cfg loss_scale dtype',
}
_EVERYWHERE = '_scope_ _delete_ requires_grad convert_to_iter_based'
_TOP = (
    'runner_type tta_model tta_pipeline find_unused_parameters model_wrapper_cfg compile '
    'activation_checkpointing efficient_conv_bn_eval custom_imports'
)
_LOADER = 'dataset sampler batch_sampler collate_fn worker_init_fn num_batch_per_epoch'


def check_options(cfg: Config, options: dict) -> None:
    """Refuse options whose names nothing in a config, and no class in it, knows.

    Args:
        cfg: The config, before the options are merged into it.
        options: By dotted name, as ``--cfg-options`` gives them.

    Raises:
        ValueError: Names the option, and what may be meant.
    """
    for option in options:
        node, path = cfg._cfg_dict, []
        for key in option.split('.'):
            if isinstance(node, list | tuple):
                if not key.isdigit() or int(key) >= len(node):
                    raise ValueError(
                        f'--cfg-options {option}: {".".join(path)} has the items 0 to '
                        f'{len(node) - 1}, no {key}'
                    )
                node = node[int(key)]
            elif isinstance(node, dict) and key in node:
                node = node[key]
            else:
                _check_new(cfg, node, path, key, option)
                node = {}
            path.append(key)


def _check_new(cfg: Config, node, path: list[str], key: str, option: str) -> None:
    """Whether ``key`` may be put into a part of the config that does not have it."""
    where = '.'.join(path)
    if not isinstance(node, dict):
        raise ValueError(
            f'--cfg-options {option}: {where} is {node!r}, which has no {key}'
        )
    names = _accepted(node, where)
    if names is None:  # a part with keys of the user's own, such as default_hooks
        near = difflib.get_close_matches(key, node, n=1, cutoff=0.85)
        if not near:
            return
    elif key in names:
        return
    else:
        near = difflib.get_close_matches(key, {*node, *names}, n=1, cutoff=0.7)
    meant = [f'{where}.{name}'.lstrip('.') for name in near]
    meant += [found for found in _paths(cfg._cfg_dict, key) if found != option]
    hint = f'; is {" or ".join(meant[:3])} meant?' if meant else ''
    raise ValueError(
        f'--cfg-options {option}: {where or "the config"} knows no {key!r}{hint} (what '
        'is meant all the same can stand in a config of your own)'
    )


def _accepted(node: dict, where: str) -> set[str] | None:
    """The keys that a part of a config may have, None where it may have any."""
    if not where:
        return {*inspect.signature(Runner).parameters, *_TOP.split()}
    if where.endswith('_dataloader'):
        return {*inspect.signature(DataLoader).parameters, *_LOADER.split()}
    known = set(_KNOWN.get(where, '').split())
    kinds = list(_classes(node.get('type')))
    if not kinds:
        return known or None
    return known.union(_EVERYWHERE.split(), *map(_arguments, kinds))


def _arguments(kind: Callable) -> set[str]:
    """The arguments of a class, with those of its parents where it passes them on."""
    names = set()
    for base in inspect.getmro(kind) if inspect.isclass(kind) else [kind]:
        made_by = base.__dict__.get('__init__') if inspect.isclass(base) else base
        if base is object or not inspect.isfunction(made_by):
            continue
        parameters = inspect.signature(made_by).parameters
        names.update(parameters)
        if not any(p.kind == p.VAR_KEYWORD for p in parameters.values()):
            break
    return names


def _classes(name: str | None) -> Iterator[Callable]:
    """What has this name, in any of the registries."""
    for registry in vars(mmdet.registry).values():
        if isinstance(name, str) and isinstance(registry, Registry):
            found = registry.get(name)
            if found is not None:
                yield found


def _paths(node, key: str, path: str = '') -> Iterator[str]:
    """Where in a config there is this key."""
    if isinstance(node, dict):
        if key in node:
            yield f'{path}{key}'
        for name, value in node.items():
            yield from _paths(value, key, f'{path}{name}.')
    elif isinstance(node, list | tuple):
        for number, value in enumerate(node):
            yield from _paths(value, key, f'{path}{number}.')
