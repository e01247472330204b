import torch
from mmdet.registry import OPTIM_WRAPPERS
from torch import nn


def test_forward_is_bfloat16_and_weights_stay_float32():
    torch.manual_seed(0)
    model = nn.Conv2d(3, 4, 3)
    before = model.weight.detach().clone()
    wrapper = OPTIM_WRAPPERS.build(
        dict(
            type='BFloat16OptimWrapper',
            optimizer=torch.optim.SGD(model.parameters(), lr=1.0),
        )
    )
    image = torch.randn(1, 3, 8, 8)
    with wrapper.optim_context(model):
        out = model(image)
    assert out.dtype == torch.bfloat16
    wrapper.update_params(out.float().square().mean())
    assert model.weight.dtype == torch.float32
    assert not torch.equal(model.weight, before)
    assert model(image).dtype == torch.float32  # and only in the context
