import math

import pytest
import torch
from torch import nn

from srn_mmdet.models.layers import RFEBlock
from tests.test_models.made import kept_for_backward


def test_receptive_field_is_five_by_five_cross():
    """1x5 and 5x1 reach two places along one axis each, never diagonally."""
    block = RFEBlock(8).eval()
    for parameter in block.parameters():
        nn.init.constant_(parameter, 0.1)
    x = torch.ones(1, 8, 9, 9, requires_grad=True)
    block(x)[0, :, 4, 4].sum().backward()
    reached = (x.grad[0].abs().sum(0) > 0).nonzero().tolist()
    cross = {(4, c) for c in range(2, 7)} | {(r, 4) for r in range(2, 7)}
    assert {tuple(place) for place in reached} == cross


def test_silent_branches_leave_the_input_unchanged():
    block = RFEBlock(8)
    nn.init.zeros_(block.fuse[0].conv.weight)
    nn.init.zeros_(block.fuse[0].conv.bias)
    x = torch.randn(2, 8, 5, 7)
    assert torch.equal(block(x), x)


def test_recomputing_keeps_the_input_alone():
    x = torch.randn(1, 8, 16, 16)
    assert kept_for_backward(RFEBlock(8, with_cp=True).train(), x) == x.numel()
    assert kept_for_backward(RFEBlock(8).train(), x) > 4 * x.numel()


def test_every_convolution_is_xavier():
    block = RFEBlock(256)
    block.init_weights()
    for name, weight in block.named_parameters():
        if weight.dim() == 1:
            assert not weight.any(), name
            continue
        fan = (weight.shape[0] + weight.shape[1]) * weight[0, 0].numel()
        bound = math.sqrt(6 / fan)  # uniform
        assert bound * 0.97 < weight.abs().max() <= bound, name


def test_channels_that_cannot_be_shared_are_refused():
    with pytest.raises(AssertionError, match='channels=10'):
        RFEBlock(10)
