"""What a layer is made of, read off the modules that run: convolutions and the rest.

A layer counts as known only by the very function that runs it, so that a subclass with a
`forward` of its own, a hooked module or one whose function was replaced is unknown, and
is run on whole maps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mmcv.cnn import ConvModule
from torch import Tensor, nn
from torch.nn import functional

Layer = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Convolution:
    """A convolution that keeps height and width.

    Attributes:
        module: The layer.
        taps: (row, column) of what a place reads, from itself, in the weight's order.
    """

    module: nn.Conv2d
    taps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Pointwise:
    """What works place by place, on rows (n, C) as on maps: channels are dimension 1."""

    run: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Parallel:
    """Layers side by side on one input, and what makes one of their results.

    Attributes:
        branches: The layers of each branch; none pass the input on.
        join: From the branches' results, place by place, on rows as on maps.
    """

    branches: tuple[tuple, ...]
    join: Callable[[list[Tensor]], Tensor]


Part = Convolution | Pointwise | Parallel


def made_of(parts: Callable[[nn.Module], Sequence['Layer | Parallel']]):
    """Marks a method (N, C, H, W) -> (N, K, H, W) with the layers that it runs, in turn.

    Args:
        parts: From the method's object to modules, marked methods and
            :class:`Parallel` of such.
    """

    def mark(method):
        method.made_of = parts
        return method

    return mark


def parts_of(layer: 'Layer | Parallel') -> tuple[Part, ...] | None:
    """What a layer is made of; None where that is not known."""
    if isinstance(layer, Parallel):
        branches = tuple(map(_in_turn, layer.branches))
        return None if None in branches else (Parallel(branches, layer.join),)
    owner, run = getattr(layer, '__self__', None), getattr(layer, '__func__', None)
    if isinstance(layer, nn.Module):
        owner, run = layer, type(layer).forward
        if layer._forward_hooks or layer._forward_pre_hooks or 'forward' in vars(layer):
            return None
    if hasattr(run, 'made_of'):
        return _in_turn(run.made_of(owner))
    return _KNOWN[run](owner) if run in _KNOWN else None


def _in_turn(layers: Sequence['Layer | Parallel']) -> tuple[Part, ...] | None:
    found = [parts_of(layer) for layer in layers]
    return None if None in found else sum(found, ())


def _convolution(conv: nn.Conv2d) -> tuple[Part, ...] | None:
    taps = []
    for size, gap, padding in zip(
        conv.kernel_size, conv.dilation, _before(conv), strict=True
    ):
        taps.append([i * gap - padding for i in range(size)])
    same_size = all(
        isinstance(conv.padding, str) or 2 * before == gap * (size - 1)
        for size, gap, before in zip(
            conv.kernel_size, conv.dilation, _before(conv), strict=True
        )
    )
    if (
        not same_size
        or conv.padding == 'valid'
        or conv.groups != 1
        or conv.stride != (1, 1)
        or conv.padding_mode != 'zeros'
    ):
        return None
    return (Convolution(conv, tuple((y, x) for y in taps[0] for x in taps[1])),)


def _before(conv: nn.Conv2d) -> tuple[int, ...]:
    """Padding above and on the left."""
    if isinstance(conv.padding, str):
        sizes = zip(conv.kernel_size, conv.dilation, strict=True)
        return tuple(gap * (size - 1) // 2 for size, gap in sizes)
    return conv.padding


def _batch_norm(norm: nn.BatchNorm2d) -> tuple[Part, ...] | None:
    if norm.training or norm.running_mean is None:
        return None  # statistics of the whole map
    return (Pointwise(partial(_normalise, norm)),)


def _normalise(norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    stats = norm.running_mean, norm.running_var
    return functional.batch_norm(x, *stats, norm.weight, norm.bias, eps=norm.eps)


def _conv_module(module: ConvModule) -> tuple[Part, ...] | None:
    if module.with_explicit_padding:
        return None
    layers = dict(
        conv=module.conv,
        norm=module.norm if module.with_norm else None,
        act=module.activate if module.with_activation else None,
    )
    return _in_turn([layers[name] for name in module.order if layers[name] is not None])


def _pointwise(module: nn.Module) -> tuple[Part, ...]:
    return (Pointwise(module),)


_KNOWN = {
    nn.Conv2d.forward: _convolution,
    nn.BatchNorm2d.forward: _batch_norm,
    nn.SyncBatchNorm.forward: _batch_norm,
    nn.Sequential.forward: _in_turn,
    ConvModule.forward: _conv_module,
} | {
    kind.forward: _pointwise
    for kind in (
        nn.Identity,
        nn.ReLU,
        nn.ReLU6,
        nn.LeakyReLU,
        nn.PReLU,
        nn.ELU,
        nn.GELU,
        nn.SiLU,
        nn.Hardswish,
        nn.Sigmoid,
        nn.Tanh,
    )
}
