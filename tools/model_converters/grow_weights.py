"""Begin a training with the weights of a smaller network of the same family.

What both networks have is taken over. Where the new one has more channels, the outputs
of a layer that were there stay what they were: what is added is as the config initialises
it, and read with weights of zero (net2net: Chen et al., ICLR 2016). What only the new one
has, such as a first step of its own, is as the config initialises it."""

import argparse

import torch
from mmdet.registry import MODELS
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.runner import load_config
from srn_mmdet.engine.checkpoint_loading import load_from_local
from srn_mmdet.models.necks import SRNFPN
from srn_mmdet.written_aside import written_aside


def grown(name: str, new: Tensor, old: Tensor) -> Tensor:
    """``old``, with what it lacks of ``new``'s shape.

    Outputs come first in a tensor, inputs second.

    Raises:
        ValueError: It does not fit into ``new``.
    """
    old = old.to(new.dtype)
    if old.shape == new.shape:
        return old
    fits = old.ndim == new.ndim and all(
        o <= n if axis < 2 else o == n
        for axis, (o, n) in enumerate(zip(old.shape, new.shape, strict=False))
    )
    if not fits:
        raise ValueError(f'{name}: {tuple(old.shape)} does not fit {tuple(new.shape)}')
    result = new.clone()
    if old.ndim > 1:
        result[: old.shape[0], old.shape[1] :] = 0
        result[: old.shape[0], : old.shape[1]] = old
    else:
        result[: old.shape[0]] = old
    return result


def rename_laterals(state: dict[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
    """Laterals of the first step by the levels that still have one.

    SRNFPN(first_sums=...) has none of the levels whose sums the first step reads; in
    ``state`` every level has one, or the same levels as in the new network.
    """
    necks = [m for m in model.named_modules() if isinstance(m[1], SRNFPN)]
    for path, neck in necks:
        prefix = f'{path}.first_laterals.'
        kept = [x for x in neck.first_levels if x not in neck.first_sums]
        place = {neck.first_levels.index(x): i for i, x in enumerate(kept)}
        indices = {
            name.removeprefix(prefix).split('.')[0]
            for name in state
            if name.startswith(prefix)
        }
        if len(indices) == len(kept):
            continue
        renamed = {}
        for name, value in state.items():
            if name.startswith(prefix):
                index, rest = name.removeprefix(prefix).split('.', 1)
                if int(index) not in place:
                    continue
                name = f'{prefix}{place[int(index)]}.{rest}'
            renamed[name] = value
        state = renamed
    return state


def grow(config: str, checkpoint: str, seed: int = 0) -> tuple[dict, list[str]]:
    """The weights of ``config``'s network, and the names of those that are new.

    Raises:
        ValueError: A tensor does not fit, or the network has no place for it.
    """
    cfg = load_config(config)
    init_default_scope('mmdet')
    torch.manual_seed(seed)
    if 'backbone' in cfg.model:
        cfg.model.backbone.init_cfg = None
    model = MODELS.build(cfg.model)
    model.init_weights()
    loaded = load_from_local(checkpoint, map_location='cpu')
    old = rename_laterals(loaded.get('state_dict', loaded), model)
    state = model.state_dict()
    surplus = sorted({*old} - {*state})
    if surplus:
        raise ValueError(
            f'{checkpoint}: {config} has no {surplus[0]} ({len(surplus)} such)'
        )
    for name, value in old.items():
        state[name] = grown(name, state[name], value)
    return state, sorted({*state} - {*old})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='of the new network')
    parser.add_argument('checkpoint', help='of the smaller one')
    parser.add_argument('out')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    state, new = grow(args.config, args.checkpoint, args.seed)
    with written_aside(args.out) as path:
        torch.save(dict(state_dict=state, meta={}), path)
    print(f'{args.out}: {len(state)} tensors, {len(new)} of them new')


if __name__ == '__main__':
    with one_line_errors():
        main()
