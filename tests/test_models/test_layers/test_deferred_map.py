import pytest
import torch
from torch import nn

from srn_mmdet.models.layers import DeferredMap, RFEBlock, dense, run_where


def layers(seed=0):
    """A 3x3 convolution and an RFE block to be deferred, and two branches."""
    torch.manual_seed(seed)
    block = RFEBlock(8)
    branches = [
        nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, k, 1))
        for k in (2, 8)
    ]
    for parameter in [*block.parameters(), *branches[0].parameters()]:
        # biases too, above 0: nothing dies in a ReLU, and padding is not harmless
        nn.init.normal_(parameter, mean=0.5 * (parameter.dim() == 1), std=0.4)
    return nn.Conv2d(8, 8, 3, padding=1), block, branches


def spots(shape, number, seed=0):
    wanted = torch.zeros(shape, dtype=torch.bool)
    generator = torch.Generator().manual_seed(seed)
    index = torch.randint(wanted.numel(), (number,), generator=generator)
    wanted.view(-1)[index] = True
    return wanted


@torch.no_grad()
@pytest.mark.parametrize(
    'memory_format', [torch.contiguous_format, torch.channels_last]
)
@pytest.mark.parametrize(
    'size', [(97, 131), (64, 64), (7, 50), (20, 90)], ids='{0[0]}x{0[1]}'.format
)
@pytest.mark.parametrize('number', [1, 4, 300])
def test_windows_give_what_the_whole_map_gives(size, number, memory_format):
    conv, block, branches = layers()
    base = torch.randn(2, 8, *size).to(memory_format=memory_format)
    x = DeferredMap(base).then(conv, 1).then(block, block.halo)
    wanted = spots((2, *size), number)
    # whatever it costs, so that windows are really cut
    found = run_where(x, branches, 1, wanted, tile_sizes=(8, 16), dense_over=1e9)
    whole = block(conv(base))
    for part, branch in zip(found, branches, strict=True):
        expected = branch(whole)
        assert part.shape == expected.shape
        mask = wanted[:, None].expand_as(part)
        torch.testing.assert_close(part[mask], expected[mask], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_each_image_of_a_batch_is_whole_or_cut_as_pays_for_it():
    conv, _, branches = layers()
    base = torch.randn(3, 8, 64, 64)
    wanted = torch.zeros(3, 64, 64, dtype=torch.bool)
    wanted[0] = True
    wanted[2, 40, 9] = True
    seen = []
    x = DeferredMap(base).then(lambda part: seen.append(part.shape) or conv(part), 1)
    found = run_where(x, branches[:1], 1, wanted, tile_sizes=(16,))[0]
    assert seen == [(1, 8, 64, 64), (1, 8, 20, 20)]  # a tile of 16, halo 2
    expected = branches[0](conv(base))
    torch.testing.assert_close(found[0], expected[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        found[2, :, 40, 9], expected[2, :, 40, 9], atol=1e-5, rtol=1e-5
    )


def test_a_halo_that_is_too_small_would_be_noticed():
    """The same comparison fails with one cell less: it can fail."""
    conv, block, branches = layers()
    base = torch.randn(1, 8, 64, 64, generator=torch.Generator().manual_seed(0))
    wanted = torch.ones(1, 64, 64, dtype=torch.bool)
    right = DeferredMap(base).then(conv, 1).then(block, block.halo)
    wrong = DeferredMap(base).then(conv, 0).then(block, block.halo)
    expected = branches[0](dense(right))

    def worst(x):
        found = run_where(x, branches, 1, wanted, tile_sizes=(8,), dense_over=1e9)
        return (found[0] - expected).abs().max()

    with torch.no_grad():
        assert worst(right) < 1e-5 < 1e-3 < worst(wrong)


def counting(seen):
    def branch(x):
        seen.append(x.shape)
        return x[:, :1]

    return branch


def test_work_follows_what_is_wanted():
    base = torch.randn(1, 4, 128, 128)
    seen = []
    nothing = torch.zeros(1, 128, 128, dtype=torch.bool)
    (found,) = run_where(DeferredMap(base), [counting(seen)], 2, nothing)
    assert found.shape == (1, 1, 128, 128) and seen == [(1, 4, 1, 1)]

    few = nothing.clone()
    few[0, 3, 3] = few[0, 100, 100] = True
    seen.clear()
    run_where(DeferredMap(base), [counting(seen)], 2, few)
    assert seen == [(2, 4, 20, 20)]  # two tiles of 16 and a halo of 2

    seen.clear()
    run_where(DeferredMap(base), [counting(seen)], 2, ~nothing)
    assert seen == [(1, 4, 128, 128)]


def test_a_layers_halo_is_cut_off_before_the_next_layer_runs():
    wanted = torch.zeros(1, 128, 128, dtype=torch.bool)
    wanted[0, 70, 70] = wanted[0, 3, 127] = True
    seen = []

    def layer(x):
        seen.append(tuple(x.shape[2:]))
        return x

    x = DeferredMap(torch.randn(1, 4, 128, 128)).then(layer, 1).then(layer, 2)
    run_where(x, [counting(seen)], 2, wanted, tile_sizes=(32,))
    assert seen == [(42, 42), (40, 40), (2, 4, 36, 36)]


def test_the_size_of_tiles_is_the_cheaper_one():
    """One block of 32 x 32: one tile of 32 costs less than four of 16."""
    wanted = torch.zeros(1, 128, 128, dtype=torch.bool)
    wanted[0, 32:64, 32:64] = True
    seen = []
    run_where(DeferredMap(torch.randn(1, 4, 128, 128)), [counting(seen)], 5, wanted)
    assert seen == [(1, 4, 42, 42)]
