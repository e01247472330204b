import pytest
import torch

from srn_mmdet.models.layers import FirstStep


@pytest.mark.parametrize('depthwise', [False, True])
def test_it_keeps_the_map_and_starts_at_the_focal_prior(depthwise):
    step = FirstStep(16, 2, 8, stacked_convs=2, depthwise=depthwise, bias_prob=0.01)
    step.init_weights()
    assert step(torch.zeros(2, 16, 5, 7)).shape == (2, 2, 5, 7)
    assert torch.allclose(step.conv_pred.bias.sigmoid(), torch.tensor(0.01))
    for convolution in step.tower.modules():
        if isinstance(convolution, torch.nn.Conv2d) and convolution.groups == 1:
            # Xavier, uniform: the bound of fan in + fan out
            weight = convolution.weight
            fans = (weight.shape[0] + weight.shape[1]) * weight[0, 0].numel()
            bound = (6 / fans) ** 0.5
            assert 0.8 * bound < weight.abs().max() <= bound
    deltas = FirstStep(16, 8)
    deltas.init_weights()
    assert not deltas.conv_pred.bias.any()


def test_a_depthwise_one_costs_a_fraction():
    """Operations a place: 64 channels to 32, two logits."""
    count = {
        depthwise: sum(
            parameter.numel()
            for parameter in FirstStep(64, 2, depthwise=depthwise).parameters()
            if parameter.dim() == 4
        )
        for depthwise in (False, True)
    }
    assert count == {False: 64 * 32 * 9 + 64, True: 64 * 9 + 64 * 32 + 64}


@pytest.mark.parametrize('wrong', [dict(feat_channels=0), dict(stacked_convs=0)])
def test_nothing_to_compute_is_refused(wrong):
    with pytest.raises(ValueError, match=f'{next(iter(wrong))}=0'):
        FirstStep(16, 2, **wrong)
