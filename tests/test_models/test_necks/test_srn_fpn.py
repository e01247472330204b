import re

import pytest
import torch
from mmdet.models.necks import FPN

from srn_mmdet.models.layers import dense
from srn_mmdet.models.necks import SRNFPN

IN = [4, 6, 8, 10]


def backbone_maps(size=64):
    torch.manual_seed(0)
    return tuple(
        torch.randn(1, c, -(-size // s), -(-size // s))
        for c, s in zip(IN, (4, 8, 16, 32))
    )


def neck(**kwargs):
    return SRNFPN(IN, 8, downsample_channels=(12, 8), **kwargs)


@pytest.mark.parametrize('size', [64, 72, 100])
def test_p_and_c_of_a_level_have_one_size(size):
    out = neck()(backbone_maps(size))
    assert len(out) == 12
    for p, c in zip(out[:6], out[6:]):
        assert p.shape == c.shape


def test_second_step_maps_are_mmdets_fpn_under_the_same_keys():
    ours = neck()
    fpn = FPN(IN, 8, 6, add_extra_convs='on_lateral')
    missing, unexpected = fpn.load_state_dict(ours.state_dict(), strict=False)
    assert not missing and all(key.startswith('first_') for key in unexpected)
    x = backbone_maps()
    for mine, theirs in zip(ours(x)[:6], fpn(x)):
        assert torch.equal(mine, theirs)


def test_c_maps_know_nothing_of_the_top_down_path():
    """The gradient of C2 reaches the lowest backbone map alone, that of P2 all."""
    x = [m.requires_grad_() for m in backbone_maps()]
    out = neck()(x)
    grads = torch.autograd.grad(out[6].sum(), x, allow_unused=True, retain_graph=True)
    assert [g is not None for g in grads] == [True, False, False, False]
    grads = torch.autograd.grad(out[0].sum(), x, allow_unused=True)
    assert all(g is not None for g in grads)


def test_c7_comes_from_c6_without_activation():
    module = neck()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(-1.0)
    c5 = backbone_maps()[3]
    c6 = module.first_downsamples[0](c5)
    expected = module.first_laterals[5](module.first_downsamples[1](c6))
    assert torch.equal(module(backbone_maps())[11], expected)


@pytest.mark.parametrize(
    'first, downsamples',
    [((0, 1, 2), 0), ((3, 4, 5), 2), ((5,), 2), ((4,), 1), ((), 0)],
)
def test_only_read_levels_are_built_and_all_get_gradients(first, downsamples):
    module = neck(first_levels=first)
    assert len(module.first_laterals) == len(first)
    assert len(module.first_downsamples) == downsamples
    out = module(backbone_maps())
    assert len(out) == 6 + len(first)
    sum(o.sum() for o in out).backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name


@pytest.mark.parametrize('levels', [(0, 6), (2, 1), (1, 1), (0, -7), 2, (0.5,), '012'])
@pytest.mark.parametrize('name', ['first_levels', 'deferred_levels'])
def test_levels_that_no_one_can_make_are_refused(name, levels):
    with pytest.raises(ValueError, match=rf'{name}=.*: wants levels of 0\.\.5'):
        neck(**{name: levels})


def test_levels_may_count_from_the_end():
    assert neck(first_levels=(-3, -2, -1)).first_levels == (3, 4, 5)


def test_what_cannot_be_made_or_deferred_is_said():
    with pytest.raises(AssertionError, match='wants 2 maps below .* makes 1'):
        SRNFPN(IN, 8, downsample_channels=(8,))
    with pytest.raises(AssertionError, match='only the 4 levels of the backbone'):
        neck(deferred_levels=(0, 4))


@pytest.mark.parametrize(
    'wrong',
    [
        dict(in_channels=256),
        dict(in_channels=[]),
        dict(out_channels='8'),
        dict(num_outs=3),
        dict(downsample_channels=8),
        dict(downsample_channels=(0, 0)),
        dict(start_level=4),
        dict(end_level=9),
        dict(add_extra_convs='on_inputs'),
        dict(norm_cfg='BN'),
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_fpn_answers_with_nothing_is_a_sentence(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(
        ValueError, match=f'^SRNFPN: {name}={re.escape(repr(value))}: wants'
    ):
        SRNFPN(**dict(dict(in_channels=IN, out_channels=8), **wrong))


def test_other_maps_than_the_necks_are_a_sentence():
    maps = backbone_maps()
    for wrong, widths in (
        (maps[:3], IN[:3]),
        ((maps[0].repeat(1, 2, 1, 1), *maps[1:]), [2 * IN[0], *IN[1:]]),
    ):
        said = re.escape(f'SRNFPN(in_channels={IN}) reads maps of {widths} channels')
        with pytest.raises(ValueError, match=said):
            neck()(wrong)


def test_norm_cfg_normalises_the_maps_of_both_steps():
    """Each map has a batch norm of its own, whose output has mean 0 and variance 1."""
    out = neck(norm_cfg=dict(type='BN')).train()(backbone_maps(256))
    for feat in out[:3] + out[6:9]:
        assert feat.mean((0, 2, 3)).abs().max() < 1e-5
        assert (feat.var((0, 2, 3), unbiased=False) - 1).abs().max() < 1e-2


def test_deferred_maps_with_batch_norm_are_those_of_the_plain_neck():
    plain = neck(norm_cfg=dict(type='BN')).train()
    plain(backbone_maps(256))  # statistics that are no identity
    lazy = neck(norm_cfg=dict(type='BN'), deferred_levels=(0, 1)).eval()
    lazy.load_state_dict(plain.state_dict())
    for mine, theirs in zip(lazy(backbone_maps()), plain.eval()(backbone_maps())):
        assert torch.equal(dense(mine), theirs)


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('norm_cfg', [None, dict(type='BN')], ids=['plain', 'BN'])
def test_first_sums_are_what_the_p_convolution_reads(norm_cfg, training):
    module = neck(
        norm_cfg=norm_cfg,
        first_levels=(0, 1, 3),
        deferred_levels=(0, 1, 2),
        first_sums=(0, 1),
    ).train(training)
    assert len(module.first_laterals) == 1
    read = {}
    for level, conv in enumerate(module.fpn_convs[:4]):
        conv.conv.register_forward_pre_hook(
            lambda _, args, level=level: read.update({level: args[0]})
        )
    out = module(backbone_maps(256))
    assert len(out) == 6 + 3
    for level in (0, 1):
        assert torch.is_tensor(out[6 + level])
        out[level].dense()
        assert out[6 + level] is read[level]
    assert out[8].shape == out[3].shape
    sum(dense(o).sum() for o in out).backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name


@pytest.mark.parametrize('training', [True, False])
def test_first_sums_come_with_tensors_where_others_read_the_maps(training):
    module = neck(deferred_levels=(0,), first_sums=(0,)).train(training)
    module.leaves_to_head = False
    assert all(torch.is_tensor(feat) for feat in module(backbone_maps()))


@pytest.mark.parametrize(
    'wrong',
    [dict(first_levels=(1,)), dict(deferred_levels=(1,)), dict(first_sums=(3,))],
)
def test_first_sums_that_no_step_reads_or_nothing_leaves_are_refused(wrong):
    right = dict(first_levels=(0, 1), deferred_levels=(0, 1), first_sums=(0,))
    with pytest.raises(ValueError, match='first_sums=.* must be among'):
        neck(**dict(right, **wrong))
