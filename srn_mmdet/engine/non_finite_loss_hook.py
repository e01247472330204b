"""Losses that are NaN or infinite."""

from collections.abc import Sequence

import torch
from mmdet.registry import HOOKS
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.optim import AmpOptimWrapper, OptimWrapper


@HOOKS.register_module()
class NonFiniteLossHook(Hook):
    """Stop where a loss is no finite number, or leave out the step.

    Either way the weights stay those of the step before: with such a loss, or with a
    gradient that is not finite, no step of the optimiser is made, on any process.

    Args:
        action: 'stop', or 'skip': leave out the step, with a warning, and go on.
        max_in_a_row: Stop after this many steps left out one after the other.

    Raises:
        FloatingPointError: Names the losses and the images.
    """

    priority = 'VERY_HIGH'

    def __init__(self, action: str = 'stop', max_in_a_row: int = 20) -> None:
        if action not in ('stop', 'skip'):
            raise ValueError(
                f"NonFiniteLossHook: action={action!r}, not 'stop', 'skip'"
            )
        self.action = action
        self.max_in_a_row = max_in_a_row
        self.bad = None
        self.in_a_row = self.skipped = 0

    def before_train(self, runner) -> None:
        wrapper = runner.optim_wrapper
        if not isinstance(wrapper, OptimWrapper):
            return
        update, step = wrapper.update_params, wrapper.step

        def update_params(loss: torch.Tensor, *args, **kwargs) -> None:
            # one process with a bad loss would spoil the gradients of all
            bad = (~torch.isfinite(loss.detach())).any().float()
            all_reduce(bad, 'max')
            if bad:
                self.bad = 'loss'
                return
            update(loss, *args, **kwargs)

        def checked_step(*args, **kwargs) -> None:
            grads = [
                parameter.grad
                for group in wrapper.param_groups
                for parameter in group['params']
                if parameter.grad is not None
            ]
            # the same on all processes, which have averaged them
            if torch.nn.utils.get_total_norm(grads).isfinite():
                step(*args, **kwargs)
            else:
                self.bad = 'gradient'

        wrapper.update_params = update_params
        if not isinstance(wrapper, AmpOptimWrapper):  # its scaler looks after them
            wrapper.step = checked_step

    def after_train_iter(
        self,
        runner,
        batch_idx: int,
        data_batch: dict | tuple | None = None,
        outputs: dict | None = None,
    ) -> None:
        if self.bad is None:
            self.in_a_row = 0
            return
        text = self._describe(runner, data_batch, outputs or {})
        self.bad = None
        self.in_a_row += 1
        self.skipped += 1
        if self.action == 'stop':
            raise FloatingPointError(
                f'{text}; the weights are those of the step before, the last checkpoint '
                'stays. A lower learning rate or a longer warm-up may help; --on-nan '
                'skip leaves such steps out'
            )
        if self.in_a_row >= self.max_in_a_row:
            raise FloatingPointError(
                f'{text}; {self.in_a_row} steps in a row were left out, the last '
                'checkpoint stays'
            )
        runner.logger.warning(f'{text}; step left out, the {self.skipped}. so far')

    def after_train(self, runner) -> None:
        if self.skipped:
            runner.logger.warning(
                f'{self.skipped} of {runner.iter} steps were left out, as their loss or '
                'gradient was no finite number'
            )

    def _describe(self, runner, data_batch, outputs: dict) -> str:
        values = {
            name: float(value)
            for name, value in outputs.items()
            if 'loss' in name and not torch.isfinite(torch.as_tensor(value)).all()
        }
        if len(values) > 1:
            values.pop('loss', None)  # the sum of the others
        named = ', '.join(f'{name} is {value}' for name, value in values.items())
        if self.bad == 'gradient':
            named = 'the gradient is not finite (the loss is)'
        where = ', '.join(_images(data_batch)) or 'unknown'
        return (
            f'epoch {runner.epoch + 1}, step {runner.iter + 1}: '
            f'{named or "the loss of another process is not finite"} (images: {where})'
        )


def _images(data_batch) -> list[str]:
    samples = data_batch.get('data_samples') if isinstance(data_batch, dict) else None
    if isinstance(samples, dict):  # of semi-supervised training: by branch
        samples = [sample for branch in samples.values() for sample in branch]
    if not isinstance(samples, Sequence):
        return []
    return [
        getattr(sample, 'img_path', '?') for sample in samples if sample is not None
    ]
