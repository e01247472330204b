"""What a resumed run takes from its checkpoint and not from its config."""

import torch
from mmdet.registry import HOOKS
from mmengine.hooks import Hook

#: how far a scheduler has come, as opposed to what it was told
_PROGRESS = ('base_values', 'last_step', '_global_step', '_last_value', 'verbose')


@HOOKS.register_module()
class ResumeReportHook(Hook):
    """Say which options of a resumed run have no effect.

    mmengine takes the optimiser's and the schedulers' settings from the checkpoint, so
    that another learning rate on the command line changes nothing, and says nothing.
    """

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        if not (runner._resume and runner.is_training):
            return
        lacking = [
            key for key in ('meta', 'message_hub', 'optimizer') if key not in checkpoint
        ]
        meta = checkpoint.get('meta', {})
        lacking += [f'meta.{key}' for key in ('epoch', 'iter') if key not in meta]
        if lacking:
            raise ValueError(
                f'{runner._load_from}: cannot be resumed, it has no '
                f'{" and no ".join(lacking)}: a published checkpoint, or only weights; '
                'train from it by --cfg-options load_from=FILE'
            )
        # mmengine would run the text that stands there
        meta.pop('config', None)
        for text in _without_effect(runner, checkpoint):
            runner.logger.warning(
                f'--resume: {text}; to change it, start anew from the weights: '
                '--cfg-options load_from=FILE, without --resume'
            )


def _without_effect(runner, checkpoint: dict) -> list[str]:
    """Differences between what was built of the config and what will be restored."""
    optimizer = runner.optim_wrapper.optimizer
    found = []
    for group, saved in zip(
        optimizer.param_groups, checkpoint['optimizer']['param_groups'], strict=False
    ):
        missing = group.keys() - saved.keys() - {'params', 'initial_lr'}
        if missing:
            raise ValueError(
                f'{runner._load_from}: cannot be resumed by {type(optimizer).__name__}: '
                f'its optimizer was another and has no {", ".join(sorted(missing))}'
            )
        for key in group.keys() - {'params', 'initial_lr'}:
            # before any scheduler's step, the rate is under another name
            old = saved.get('initial_lr', saved[key]) if key == 'lr' else saved[key]
            new = group.get('initial_lr', group[key]) if key == 'lr' else group[key]
            if _differ(new, old):
                found.append(f'optimizer {key}={new} has no effect, {old} goes on')
    saved = checkpoint.get('param_schedulers') or []
    now = runner.param_schedulers or []
    if isinstance(saved, list) and isinstance(now, list):
        if len(saved) != len(now):
            found.append(
                f'the config has {len(now)} param_schedulers, the checkpoint {len(saved)}'
            )
        for number, (scheduler, old) in enumerate(zip(now, saved, strict=False)):
            for key, new in scheduler.state_dict().items():
                if key in old and key not in _PROGRESS and _differ(new, old[key]):
                    found.append(
                        f'param_scheduler.{number}.{key}={new} has no effect, {old[key]} '
                        'goes on'
                    )
    return list(dict.fromkeys(found))


def _differ(a, b) -> bool:
    if isinstance(a, torch.Tensor) or isinstance(b, torch.Tensor):
        return float(a) != float(b)
    return a != b and not (isinstance(a, list | tuple) and list(a) == list(b))
