import torch
from torch import nn

from srn_mmdet.models.layers import DeferredMap, dense
from tests.test_models.made import kept_for_backward


def test_of_what_is_recomputed_the_input_alone_is_kept():
    layers = nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1)
    x = torch.randn(1, 3, 16, 16)
    plain, again = DeferredMap(x, layers), DeferredMap(x, layers, recompute=True)
    assert torch.equal(dense(plain), dense(again))
    assert kept_for_backward(dense, again) == x.numel()
    assert kept_for_backward(dense, plain) > 2 * x.numel()
