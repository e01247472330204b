"""The mean of several trainings' weights, batch norm measured anew."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from mmdet.registry import MODELS

from srn_mmdet.apis.runner import load_config
from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.engine import load_from_local

ROOT = Path(__file__).parents[1]
TOOL = ROOT / 'tools/model_converters/average_weights.py'
CONFIG = str(ROOT / 'configs/demo/srn_demo.py')


@pytest.fixture(scope='module')
def tool():
    return runpy.run_path(str(TOOL))


def saved(path: Path, **tensors) -> str:
    torch.save(dict(state_dict=tensors), path)
    return str(path)


def test_a_tensor_is_the_mean_of_those_that_have_it(tool, tmp_path):
    files = [
        saved(tmp_path / 'a.pth', w=torch.ones(2), n=torch.tensor(3)),
        saved(tmp_path / 'b.pth', w=torch.full((2,), 2.0).half(), n=torch.tensor(5)),
        saved(tmp_path / 'c.pth', w=torch.zeros(2), v=torch.ones(1)),
    ]
    mean = tool['average'](files)
    assert {name: value.tolist() for name, value in mean.items()} == {
        'w': [1.0, 1.0],
        'n': 3,
        'v': [1.0],
    }
    assert mean['w'].dtype == torch.float32


def test_weights_of_two_networks_are_refused(tool, tmp_path):
    files = [
        saved(tmp_path / 'a.pth', w=torch.ones(2)),
        saved(tmp_path / 'b.pth', w=torch.ones(3)),
    ]
    with pytest.raises(ValueError, match=r'b\.pth: w is \(3,\), in another one \(2,\)'):
        tool['average'](files)


@pytest.mark.slow
def test_batch_norm_is_measured_on_training_pictures(tool, tmp_path, monkeypatch):
    make_dataset(tmp_path, train=8, val=1)
    files = []
    for name in ('a.pth', 'b.pth'):
        model = MODELS.build(load_config(CONFIG).model)
        model.init_weights()
        files.append(saved(tmp_path / name, **model.state_dict()))
    out = tmp_path / 'mean.pth'
    options = ['--data-root', str(tmp_path), '--batches', '2']
    monkeypatch.setattr(sys, 'argv', ['tool', CONFIG, str(out), *files, *options])
    tool['main']()
    a, b, mean = (load_from_local(x)['state_dict'] for x in (*files, str(out)))
    weight = 'backbone.layer1.0.conv1.weight'
    assert not torch.equal(a[weight], b[weight])
    torch.testing.assert_close(mean[weight], (a[weight] + b[weight]) / 2)
    measured = [name for name in mean if name.endswith('running_var')]
    assert measured
    for name in measured:
        assert (a[name] == 1).all()
        assert (mean[name] != 1).all()


@pytest.mark.parametrize(
    'tensors, message',
    [
        (dict(), 'the checkpoints lack backbone'),
        (dict(aaa=torch.ones(1)), 'the config has no aaa'),
    ],
)
def test_weights_of_another_network_are_refused(
    tool, tmp_path, monkeypatch, tensors, message
):
    file = saved(tmp_path / 'a.pth', **tensors)
    monkeypatch.setattr(sys, 'argv', ['tool', CONFIG, str(tmp_path / 'm.pth'), file])
    with pytest.raises(ValueError, match=message):
        tool['main']()
    assert not (tmp_path / 'm.pth').exists()
