"""Rows of the wanted places give what the whole map gives."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from mmcv.cnn import ConvModule
from torch import nn

from srn_mmdet.models.layers import (
    DeferredMap,
    Parallel,
    RFEBlock,
    Tower,
    made_of,
    run_where,
)
from srn_mmdet.models.layers.selective import cost, places, rows, where
from srn_mmdet.models.layers.selective.expressed import parts_of

rows_alone = partial(run_where, choose=lambda on_map, on_rows: 0)


def drawn(module, seed=0):
    """Weights, and biases mostly above 0: nothing dies, and padding is not harmless."""
    torch.manual_seed(seed)
    for parameter in module.parameters():
        nn.init.normal_(parameter, mean=0.5 * (parameter.dim() == 1), std=0.3)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d) and norm.track_running_stats:
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    return module.eval()


def conv(*kernel, **kwargs):
    padding = kwargs.pop('padding', tuple(size // 2 for size in kernel))
    return nn.Conv2d(8, 8, kernel, padding=padding, **kwargs)


MASKS = dict(
    none=lambda m: None,
    one=lambda m: m[0, m.shape[1] // 2].__setitem__(m.shape[2] // 2, True),
    corners=lambda m: m[:, :: max(m.shape[1] - 1, 1), :: max(m.shape[2] - 1, 1)].fill_(
        True
    ),
    border=lambda m: m[-1, :, -1].fill_(True),
    some=lambda m: m.copy_(torch.rand(m.shape) < 0.03),
    all=lambda m: m.fill_(True),
)


def wanted(name, shape):
    torch.manual_seed(1)
    mask = torch.zeros(shape, dtype=torch.bool)
    MASKS[name](mask)
    return mask


LAYERS = {
    '3x3': conv(3, 3),
    '7x7': conv(7, 7),
    '3x7': conv(3, 7),
    '5x1': conv(5, 1),
    '1x5': conv(1, 5, bias=False),
    '1x1': conv(1, 1),
    '3x3 dilated': conv(3, 3, padding=(2, 3), dilation=(2, 3)),
    '2x4 same': conv(2, 4, padding='same'),
    'batch norm': ConvModule(8, 8, 3, padding=1, norm_cfg=dict(type='BN')),
    'norm first': ConvModule(
        8, 8, 3, padding=1, norm_cfg=dict(type='BN'), order=('norm', 'conv', 'act')
    ),
    'other activation': ConvModule(8, 8, 3, padding=1, act_cfg=dict(type='LeakyReLU')),
    'RFE': RFEBlock(8),
    'RFE of other kernels': RFEBlock(8, ((3, 3), (1, 7)), norm_cfg=dict(type='BN')),
    'tower': Tower(8, 8, 2, rfe=True),
}


def compare(layers, branches, mask, base, run=rows_alone, **close):
    x = DeferredMap(base, tuple(layers))
    found = run(x, branches, mask)
    whole = x.dense()
    for part, branch in zip(found, branches, strict=True):
        expected = branch(whole)
        assert part.shape == expected.shape and part.dtype == expected.dtype
        where_wanted = mask[:, None].expand_as(part)
        torch.testing.assert_close(part[where_wanted], expected[where_wanted], **close)


@torch.no_grad()
@pytest.mark.parametrize('mask', MASKS)
@pytest.mark.parametrize('kind', LAYERS)
def test_every_kind_of_layer_on_every_kind_of_mask(kind, mask):
    branch = drawn(LAYERS[kind])
    assert parts_of(branch) is not None
    for size in ((19, 26), (5, 3), (1, 1)):
        base = torch.randn(2, 8, *size)
        compare([], [branch], wanted(mask, (2, *size)), base, atol=1e-4, rtol=1e-5)


def network():
    p_conv = ConvModule(8, 8, 3, padding=1, norm_cfg=dict(type='BN'), act_cfg=None)
    branches = [
        nn.Sequential(Tower(8, 12, 2, rfe=False), nn.Conv2d(12, k, 1)) for k in (2, 8)
    ]
    return [drawn(p_conv), drawn(RFEBlock(8))], [drawn(each) for each in branches]


@torch.no_grad()
@pytest.mark.parametrize('format', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('number', [0, 1, 2])
@pytest.mark.parametrize('mask', MASKS)
def test_layers_and_branches_split_anywhere(mask, number, format):
    """The first so many layers on the whole map, the others on rows."""
    layers, branches = network()
    base = torch.randn(2, 8, 19, 26).to(memory_format=format)
    run = partial(run_where, choose=lambda on_map, on_rows: number)
    compare(
        layers, branches, wanted(mask, (2, 19, 26)), base, run, atol=1e-3, rtol=1e-5
    )


@torch.no_grad()
@pytest.mark.parametrize('mask', ['none', 'some', 'all'])
def test_bfloat16_and_autocast_stay_as_near_as_bfloat16_is(mask):
    layers, branches = network()
    base, mask = torch.randn(2, 8, 19, 26), wanted(mask, (2, 19, 26))
    x = DeferredMap(base, tuple(layers))
    exact = [branch(x.dense()) for branch in branches]
    with torch.autocast('cpu', torch.bfloat16):
        found = rows_alone(x, branches, mask)
        plain = [branch(x.dense()) for branch in branches]
    for mine, theirs, right in zip(found, plain, exact, strict=True):
        assert mine.dtype == theirs.dtype == torch.bfloat16
        at = mask[:, None].expand_as(mine)
        if mask.any():
            error, usual = (
                (a.float() - right)[at].abs().mean() for a in (mine, theirs)
            )
            assert error <= 1.5 * usual < 0.05 * right[at].abs().mean()


@torch.no_grad()
@pytest.mark.parametrize('kernel', [1, 3])
def test_bfloat16_multiplies_few_numbers_of_rows(kernel, monkeypatch):
    """Each new one would be compiled; float32 needs no more rows than are wanted."""
    multiplied, plain = [], rows.linear
    monkeypatch.setattr(
        rows, 'linear', lambda x, *args: multiplied.append(len(x)) or plain(x, *args)
    )
    branch = drawn(conv(kernel, kernel))
    base = torch.randn(1, 8, 30, 30)
    for number in range(1, 900, 7):
        mask = torch.zeros(1, 30, 30, dtype=torch.bool)
        mask.view(-1)[torch.randperm(900)[:number]] = True
        with torch.autocast('cpu', torch.bfloat16):
            rows_alone(DeferredMap(base), [branch], mask)
        assert number <= multiplied[-1] <= max(number + 31, 1.25 * number)
        rows_alone(DeferredMap(base), [branch], mask)
        assert multiplied[-1] == number
    assert len({*multiplied[::2]}) <= 16 < len({*multiplied[1::2]})


@pytest.mark.parametrize('mask', ['none', 'one', 'some', 'all'])
def test_gradients_are_those_of_the_whole_map(mask):
    """Of the input and of all parameters, zero too: none is missing."""
    layers, branches = network()
    mask = wanted(mask, (2, 9, 12))
    parameters = [p for each in (*layers, *branches) for p in each.parameters()]
    base = torch.randn(2, 8, 9, 12, requires_grad=True)
    x = DeferredMap(base, tuple(layers))
    found = []
    for outs in (rows_alone(x, branches, mask), [b(x.dense()) for b in branches]):
        loss = sum((out * mask[:, None]).square().sum() for out in outs)
        found.append(torch.autograd.grad(loss, [base, *parameters]))
    for mine, theirs in zip(*found, strict=True):
        close = 1e-4 * float(theirs.abs().max()) + 1e-6
        torch.testing.assert_close(mine, theirs, atol=close, rtol=1e-4)


@pytest.mark.parametrize('mask', ['one', 'some', 'all'])
def test_gradients_in_bfloat16_stay_as_near_as_bfloat16_is(mask):
    layers, branches = network()
    mask = wanted(mask, (2, 9, 12))
    parameters = [p for each in (*layers, *branches) for p in each.parameters()]
    x = DeferredMap(torch.randn(2, 8, 9, 12), tuple(layers))

    def gradients(run, bf16):
        with torch.autocast('cpu', torch.bfloat16, enabled=bf16):
            outs = run()
        loss = sum((out.float() * mask[:, None]).square().sum() for out in outs)
        return torch.autograd.grad(loss, parameters)

    def whole():
        return [branch(x.dense()) for branch in branches]

    right = gradients(whole, False)
    mine, usual = (
        [
            float((one - two).norm() / two.norm())
            for one, two in zip(gradients(run, True), right, strict=True)
        ]
        for run in (lambda: rows_alone(x, branches, mask), whole)
    )
    assert sum(mine) <= 1.5 * sum(usual) < 0.1 * len(right)


class Shifted(nn.Conv2d):
    """Reads elsewhere than its kernel says."""

    def forward(self, x):
        return super().forward(x.roll(2, -1))


def hooked():
    module = conv(3, 3)
    module.register_forward_pre_hook(lambda _, args: (args[0].roll(2, -1),))
    return module


def replaced():
    module = conv(3, 3)
    plain = module.forward
    module.forward = lambda x: plain(x.roll(2, -1))
    return module


UNKNOWN = {
    'subclass': lambda: Shifted(8, 8, 3, padding=1),
    'hook': hooked,
    'replaced': replaced,
    'group norm': lambda: nn.GroupNorm(2, 8),
    'groups': lambda: conv(3, 3, groups=2),
    'reflection': lambda: conv(3, 3, padding_mode='reflect'),
    'instance norm in a tower': lambda: nn.Sequential(conv(3, 3), nn.InstanceNorm2d(8)),
    'statistics': lambda: nn.BatchNorm2d(8, track_running_stats=False),
    'training': lambda: RFEBlock(8, norm_cfg=dict(type='BN')),
}


@torch.no_grad()
@pytest.mark.parametrize('kind', UNKNOWN)
def test_what_is_not_known_is_run_on_the_whole_map(kind):
    unknown = drawn(UNKNOWN[kind]()).train(kind == 'training')
    assert parts_of(unknown) is None
    known, mask = drawn(conv(3, 3)), wanted('one', (1, 19, 26))
    base = torch.randn(1, 8, 19, 26)
    close = dict(atol=1e-4, rtol=1e-5)
    compare([unknown, known], [known], mask, base, **close)
    compare([known], [known, unknown], mask, base, **close)


@torch.no_grad()
def test_layers_before_an_unknown_one_are_on_the_map_and_those_behind_on_rows(
    monkeypatch,
):
    started, plain = [], where.from_map
    monkeypatch.setattr(
        where, 'from_map', lambda x, at: started.append(at.number) or plain(x, at)
    )
    known, unknown = drawn(conv(3, 3)), drawn(Shifted(8, 8, 3, padding=1))
    mask = wanted('one', (1, 19, 26))
    compare(
        [known, unknown, known],
        [known],
        mask,
        torch.randn(1, 8, 19, 26),
        atol=1e-4,
        rtol=1e-5,
    )
    assert started == [25]  # two convolutions of 3x3 around a place


class Branch(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = conv(3, 3), conv(1, 5)

    @made_of(lambda self: (Parallel(((self.a,), (self.b,), ()), sum),))
    def both(self, x):
        return self.a(x) + self.b(x) + x


class Other(Branch):
    def both(self, x):
        return super().both(x.roll(2, -1))


@torch.no_grad()
def test_a_marked_method_is_known_and_its_override_is_not():
    for kind, known in ((Branch, True), (Other, False)):
        branch = drawn(kind())
        assert (parts_of(branch.both) is not None) == known
        mask = wanted('corners', (1, 9, 9))
        compare([], [branch.both], mask, torch.randn(1, 8, 9, 9), atol=1e-4, rtol=1e-5)


def test_a_kernel_that_is_told_wrong_would_be_noticed():
    """The same comparison fails with a tap left out: it can fail."""
    layer, mask = drawn(conv(3, 3)), wanted('some', (1, 19, 26))
    (part,) = parts_of(layer)
    part = replace(part, taps=(part.taps[1], *part.taps[1:]))
    out = where.Grid((1, 19, 26), 1, 'cpu').places(mask)
    steps, needed = where.plan([part], out)
    base = torch.randn(1, 8, 19, 26)
    with torch.no_grad():
        rows = where.run(steps, where.from_map(base, needed))
        expected = layer(base)[0].flatten(1).t()[out.in_map]
    assert (rows.values - expected).abs().max() > 0.1


def test_two_towers_share_what_they_read(monkeypatch):
    """Of both towers each table is made once."""
    made, plain = [], places.Places.table

    def table(self, taps, source):
        before = len(self._tables)
        found = plain(self, taps, source)
        made.append(len(self._tables) - before)
        return found

    monkeypatch.setattr(places.Places, 'table', table)
    _, branches = network()
    with torch.no_grad():
        mask = wanted('some', (1, 19, 26))
        rows_alone(DeferredMap(torch.randn(1, 8, 19, 26)), branches, mask)
    assert sum(made) == 2 and len(made) == 4


@torch.no_grad()
def test_the_choice_is_by_image_and_follows_what_is_wanted(monkeypatch):
    started, plain = [], where.from_map
    monkeypatch.setattr(
        where, 'from_map', lambda x, at: started.append(at.number) or plain(x, at)
    )
    layers, branches = [conv(3, 3)], [drawn(conv(3, 3))]
    big = nn.Conv2d(8, 8, 1)
    mask = torch.zeros(3, 200, 200, dtype=torch.bool)
    mask[0] = True
    mask[2, 40, 9] = True
    compare(
        layers,
        [nn.Sequential(*branches, big)],
        mask,
        torch.randn(3, 8, 200, 200),
        run_where,
        atol=1e-4,
        rtol=1e-5,
    )
    assert started == [25]  # of the second and the third image in one


@torch.no_grad()
def test_each_branch_is_right_where_it_is_wanted_itself():
    layers, branches = network()
    masks = [wanted('some', (2, 19, 26)), wanted('one', (2, 19, 26))]
    x = DeferredMap(torch.randn(2, 8, 19, 26), tuple(layers))
    for number in range(4):
        found = run_where(x, branches, masks, lambda *costs, number=number: number)
        for mask, part, branch in zip(masks, found, branches, strict=True):
            at = mask[:, None].expand_as(part)
            expected = branch(x.dense())[at]
            torch.testing.assert_close(part[at], expected, atol=1e-3, rtol=1e-5)


@torch.no_grad()
def test_behind_a_whole_map_each_branch_is_run_as_is_best_for_it(monkeypatch):
    started, plain = [], where.from_map
    monkeypatch.setattr(
        where, 'from_map', lambda x, at: started.append(at.number) or plain(x, at)
    )
    masks = [wanted('all', (1, 200, 200)), torch.zeros(1, 200, 200, dtype=torch.bool)]
    masks[1][0, 40, 9] = True
    x = DeferredMap(torch.randn(1, 8, 200, 200), (drawn(conv(3, 3)),))
    run_where(x, [drawn(conv(3, 3)), drawn(conv(3, 3))], masks)
    assert started == [9]


def test_statistics_are_those_of_the_batch_where_images_run_differently():
    """Of a batch norm in training, though one image runs on rows and one on the map."""
    norm = drawn(ConvModule(8, 8, 3, padding=1, norm_cfg=dict(type='BN'))).train()
    branch, mask = (
        drawn(nn.Sequential(conv(3, 3), conv(3, 3))),
        wanted('none', (2, 90, 90)),
    )
    mask[0], mask[1, 40, 9] = True, True
    base = torch.randn(2, 8, 90, 90) * torch.tensor([1.0, 9.0]).view(2, 1, 1, 1)
    compare([norm], [branch], mask, base, run_where, atol=1e-3, rtol=1e-4)


def test_the_cheapest_split_is_taken():
    assert cost.cheapest([5, 5, 5], [9, 9, 9]) == 3
    assert cost.cheapest([5, 5, 5], [1, 1, 1]) == 0
    assert cost.cheapest([5, 5, 5], [9, 6, 1]) == 2
