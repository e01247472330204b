import torch
from torch import nn

from srn_mmdet.models.layers import DeferredMap, dense


def kept(x: DeferredMap) -> int:
    """Numbers that are kept for the backward pass."""
    numbers = []

    def note(tensor):
        numbers.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        dense(x)
    return sum(numbers)


def test_of_what_is_recomputed_the_input_alone_is_kept():
    layers = nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1)
    x = torch.randn(1, 3, 16, 16)
    plain, again = DeferredMap(x, layers), DeferredMap(x, layers, recompute=True)
    assert torch.equal(dense(plain), dense(again))
    assert kept(again) == x.numel() < kept(plain) / 2
