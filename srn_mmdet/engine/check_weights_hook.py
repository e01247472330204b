"""Whether a checkpoint's weights are those of the network."""

import re
from dataclasses import dataclass

import torch
from mmdet.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import BaseTTAModel, is_model_wrapper
from torch import nn

from .packaged_configs import fitting_config

#: below this share of a network's tensors, training from a checkpoint is refused
FEW = 0.5


@dataclass
class Match:
    """How a checkpoint's tensors fit a network's, by name and shape."""

    taken: int
    missing: list[str]  # of the network, not in the checkpoint
    differing: list[str]  # 'key is (shape) in the checkpoint, (shape) in the network'
    unused: list[str]  # of the checkpoint, not in the network

    @property
    def first(self) -> str:
        """The first that is wrong, in words."""
        wrong = self.differing[:1] + [f'{key} is missing' for key in self.missing[:1]]
        unused = [f'{key} is not in the network' for key in self.unused[:1]]
        return '; '.join(wrong or unused)


def match_weights(network: dict, checkpoint: dict) -> Match:
    """Compare two state dicts; batch norm's counters may be missing."""
    shared = [key for key in network if key in checkpoint]
    differing = [
        f'{key} is {tuple(checkpoint[key].shape)} in the checkpoint, '
        f'{tuple(network[key].shape)} in the network'
        for key in shared
        if checkpoint[key].shape != network[key].shape
    ]
    missing = [
        key
        for key in network
        if key not in checkpoint and not key.endswith('num_batches_tracked')
    ]
    unused = [key for key in checkpoint if key not in network]
    return Match(len(shared) - len(differing), missing, differing, unused)


def weights_of(checkpoint: dict, name: str) -> dict[str, torch.Tensor]:
    """The weights in a checkpoint, by their names without DataParallel's ``module.``.

    Args:
        checkpoint: As loaded: with a ``state_dict``, or nothing but weights.
        name: Of its file, for the message.

    Raises:
        ValueError: There are none.
    """
    state = checkpoint.get('state_dict', checkpoint)
    if not isinstance(state, dict) or not any(
        isinstance(value, torch.Tensor) for value in state.values()
    ):
        raise ValueError(f'{name}: no weights in it')
    return {
        re.sub(r'^module\.', '', key): value
        for key, value in state.items()
        if isinstance(value, torch.Tensor)
    }


def refusal(match: Match, state: dict, name: str, network: str) -> str:
    """Why a checkpoint is not taken, and what it is the checkpoint of."""
    fits = fitting_config({key: value.shape for key, value in state.items()})
    hint = (
        f'they are those of {fits}'
        if fits
        else 'of no config of this package, configs/mix apart'
    )
    return f'{name}: not the weights of {network}: {match.first} ({hint})'


def check_weights(model: nn.Module, checkpoint: dict, name: str, network: str) -> dict:
    """Want every tensor of a network in a checkpoint, and no other.

    Args:
        model: The network.
        checkpoint: As loaded.
        name: Of its file, for the message.
        network: Name of the network's config.

    Returns:
        The tensors by name.

    Raises:
        ValueError: It is another network's; names the first tensor that is missing, of
            another shape or too many, and the packaged config that fits.
    """
    state = weights_of(checkpoint, name)
    match = match_weights(model.state_dict(), state)
    if match.first:
        raise ValueError(refusal(match, state, name, network))
    return state


@HOOKS.register_module()
class CheckWeightsHook(Hook):
    """Refuse the weights of another network; in training, say how many are taken.

    mmengine says what does not match and goes on: to an AP of 0, or to a training from
    partly random weights. Here a test, and a run that is resumed, wants every tensor of
    the network and no other. A training that begins with ``load_from`` may leave some to
    chance (a head of other classes), says how many, and wants at least half.
    """

    priority = 'VERY_HIGH'  # before EMAHook, which takes it for granted that it fits

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        if 'state_dict' not in checkpoint:  # nothing but weights; EMAHook wants the key
            checkpoint['state_dict'] = dict(checkpoint)
        name = str(runner._load_from or 'the checkpoint')
        model = runner.model
        while is_model_wrapper(model) or isinstance(model, BaseTTAModel):
            model = model.module
        of = runner.cfg.filename or 'the config'
        if not runner.is_training or runner._resume:
            check_weights(model, checkpoint, name, of)
            return
        state, network = weights_of(checkpoint, name), model.state_dict()
        match = match_weights(network, state)
        said = f'{match.taken} of the {len(network)} tensors of the network taken'
        if match.taken / len(network) < FEW:
            raise ValueError(
                f'{refusal(match, state, name, of)}: load_from wants at least half, '
                f'{said}; weights of a backbone alone go to '
                'model.backbone.init_cfg.checkpoint'
            )
        wrong = match.missing or match.differing
        rest = f', the others start anew: {match.first}' if wrong else ''
        runner.logger.info(f'load_from {name}: {said}{rest}')
