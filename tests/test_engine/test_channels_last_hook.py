from types import SimpleNamespace

import torch
from mmdet.registry import HOOKS
from torch import nn


def test_results_are_channels_last_and_the_same():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3))
    image = torch.randn(2, 3, 16, 16)
    expected, state = (
        model(image),
        {k: v.clone() for k, v in model.state_dict().items()},
    )
    HOOKS.build(dict(type='ChannelsLastHook')).before_run(SimpleNamespace(model=model))
    out = model(image)
    assert out.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(out, expected)
    assert all(torch.equal(v, state[k]) for k, v in model.state_dict().items())
