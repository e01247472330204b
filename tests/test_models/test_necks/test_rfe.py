import pytest
import torch
from mmdet.registry import MODELS

from srn_mmdet.models.layers import RFEBlock


def test_rfe_neck_is_one_block_on_every_map():
    torch.manual_seed(0)
    rfe = MODELS.build(dict(type='RFE', channels=8))
    block = RFEBlock(8)
    block.load_state_dict(rfe.state_dict())
    x = (torch.randn(1, 8, 6, 6), torch.randn(1, 8, 3, 3))
    out = rfe(x)
    assert isinstance(out, tuple) and len(out) == 2
    for mine, feat in zip(out, x):
        assert torch.equal(mine, block(feat))
        assert not torch.equal(mine, feat)


def test_in_the_place_of_an_inherited_neck_it_says_that_a_list_is_meant():
    with pytest.raises(TypeError, match=r"neck=\[dict\(type='FPN', ...\), dict"):
        MODELS.build(dict(type='RFE', in_channels=[8, 8], out_channels=8, num_outs=2))


@pytest.mark.parametrize(
    'kernels',
    [((1, 4), (3, 1)), 3, (3, 5), (), ((1, 5, 1),), (('1', '5'),), ((-1, 3),)],
)
def test_what_is_no_odd_kernels_is_refused(kernels):
    with pytest.raises(ValueError, match=r'RFE: kernels=.*: wants .height, width.*odd'):
        MODELS.build(dict(type='RFE', channels=8, kernels=kernels))


@pytest.mark.parametrize(
    'norm_cfg, said',
    [('BN', 'wants None or dict'), (dict(type='Nosuch'), "no layer 'Nosuch'")],
)
def test_what_is_no_norm_is_refused(norm_cfg, said):
    with pytest.raises(ValueError, match=f'RFE: norm_cfg=.*{said}'):
        MODELS.build(dict(type='RFE', channels=8, norm_cfg=norm_cfg))


def test_num_maps_leaves_the_maps_behind_them_plain():
    """P maps come first, C maps are the first step's."""
    rfe = MODELS.build(dict(type='RFE', channels=8, num_maps=2))
    x = tuple(torch.randn(1, 8, 4, 4) for _ in range(4))
    out = rfe(x)
    assert len(out) == 4 and out[2] is x[2] and out[3] is x[3]
    assert all(torch.equal(out[i], rfe._forward(x[i])) for i in (0, 1))


@pytest.mark.parametrize('wrong', [0, -1, 1.5, (0, 1), True])
def test_no_number_of_maps_is_refused(wrong):
    with pytest.raises(ValueError, match='RFE: num_maps='):
        MODELS.build(dict(type='RFE', channels=8, num_maps=wrong))
