"""Average the weights of trainings that began from the same ones.

The mean of such weights often does better than any of them on pictures of another kind
than those of the training (model soups: Wortsman et al., ICML 2022). What batch norm
has measured does not average; it is measured anew on the training pictures of the
config."""

import argparse
from collections.abc import Sequence
from itertools import islice

import torch
from mmdet.registry import MODELS
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, set_random_seed
from torch import Tensor
from torch.optim.swa_utils import update_bn

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.runner import load_config
from srn_mmdet.checked_arguments import whole
from srn_mmdet.engine.checkpoint_loading import load_from_local
from srn_mmdet.written_aside import written_aside


def average(checkpoints: Sequence[str]) -> dict[str, Tensor]:
    """The mean of each tensor, in float32, of those checkpoints that have it.

    What is not of floating point, such as counts, is as in the first that has it.

    Raises:
        ValueError: A tensor has two shapes.
    """
    found: dict[str, list[Tensor]] = {}
    for checkpoint in checkpoints:
        loaded = load_from_local(checkpoint, map_location='cpu')
        for name, value in loaded.get('state_dict', loaded).items():
            same = found.setdefault(name, [])
            same.append(value)
            if value.shape != same[0].shape:
                raise ValueError(
                    f'{checkpoint}: {name} is {tuple(value.shape)}, in another one '
                    f'{tuple(same[0].shape)}'
                )
    return {
        name: torch.stack([value.double() for value in values]).mean(0).float()
        if values[0].is_floating_point()
        else values[0]
        for name, values in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='of the network and of the training pictures')
    parser.add_argument('out')
    parser.add_argument('checkpoints', nargs='+')
    parser.add_argument('--data-root')
    parser.add_argument(
        '--batches', type=int, default=100, help='that batch norm is measured on'
    )
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    whole(args.batches, '--batches')
    cfg = load_config(args.config, data_root=args.data_root)
    init_default_scope('mmdet')
    model = MODELS.build(cfg.model)
    state = average(args.checkpoints)
    known = model.state_dict()
    odd = sorted({*state} ^ {*known})
    if odd:
        where = 'the checkpoints lack' if odd[0] in known else 'the config has no'
        raise ValueError(f'{args.config}: {where} {odd[0]} ({len(odd)} such)')
    model.load_state_dict(state)
    set_random_seed(args.seed)
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=args.seed)
    update_bn(
        (
            model.data_preprocessor(batch, training=True)['inputs']
            for batch in islice(loader, args.batches)
        ),
        model,
    )
    with written_aside(args.out) as path:
        torch.save(dict(state_dict=model.state_dict(), meta={}), path)
    print(f'{args.out}: mean of {len(args.checkpoints)}')


if __name__ == '__main__':
    with one_line_errors():
        main()
