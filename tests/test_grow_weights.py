"""A wider network that begins with the scores of a smaller one."""

import runpy
from pathlib import Path

import pytest
import torch
from torch import nn

from srn_mmdet.models.layers import Tower
from srn_mmdet.models.necks import SRNFPN

TOOL = Path(__file__).parents[1] / 'tools/model_converters/grow_weights.py'


@pytest.fixture(scope='module')
def tool():
    return runpy.run_path(str(TOOL))


def branch(width: int) -> nn.Sequential:
    return nn.Sequential(Tower(8, width, 2, rfe=False), nn.Conv2d(width, 3, 1))


def test_a_wider_branch_gives_what_the_narrow_one_gave(tool):
    torch.manual_seed(0)
    narrow, wide = branch(4), branch(7)
    image = torch.randn(2, 8, 9, 6)
    assert not torch.allclose(wide(image), narrow(image))
    new, old = wide.state_dict(), narrow.state_dict()
    wide.load_state_dict({k: tool['grown'](k, new[k], old[k]) for k in new})
    torch.testing.assert_close(wide(image), narrow(image))
    # what is added is not dead: gradients reach the zeros that read it
    wide(image).square().sum().backward()
    assert wide[1].weight.grad[:, 4:].abs().sum() > 0


def test_what_does_not_fit_is_named(tool):
    with pytest.raises(ValueError, match=r'w: \(4, 8\) does not fit \(3, 8\)'):
        tool['grown']('w', torch.zeros(3, 8), torch.zeros(4, 8))


def test_laterals_follow_their_levels(tool):
    neck = SRNFPN(
        [4, 4, 4, 4],
        4,
        deferred_levels=(0, 1, 2),
        first_sums=(0, 1, 2),
        downsample_channels=(4, 4),
    )
    state = {f'neck.first_laterals.{i}.weight': torch.tensor(i) for i in range(6)}
    renamed = tool['rename_laterals'](state, nn.ModuleDict(dict(neck=neck)))
    assert {name: int(value) for name, value in renamed.items()} == {
        f'neck.first_laterals.{i}.weight': i + 3 for i in range(3)
    }
    # of a network like the new one
    again = tool['rename_laterals'](renamed, nn.ModuleDict(dict(neck=neck)))
    assert again == renamed
