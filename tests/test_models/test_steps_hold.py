"""The fast part of tests/robustness/steps_soak.py and train_soak.py."""

import gc
import logging
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

SOAK = Path(__file__).resolve().parents[1] / 'robustness' / 'steps_soak.py'


@pytest.fixture
def soak():
    yield SimpleNamespace(**runpy.run_path(str(SOAK)))
    logging.disable(logging.NOTSET)


def trained(soak, seed):
    """Weights after two steps."""
    model = soak.network(seed).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    for step in range(2):
        soak.losses(model, soak.batch([2, 0], 64, 64, seed=step))
        optimizer.step()
    return torch.cat([value.flatten() for value in model.state_dict().values()])


@pytest.mark.slow
def test_no_face_one_or_2000_give_finite_losses_and_every_gradient(soak):
    assert soak.faces()


@pytest.mark.slow
def test_float32_and_bfloat16_give_the_loss_and_gradient_of_float64(soak):
    assert soak.numerics()


@pytest.mark.slow
def test_sides_of_few_pixels_are_trained_on_and_looked_at(soak):
    assert soak.sizes([(1, 1), (1, 65), (65, 2), (31, 33), (64, 65)])


@pytest.mark.slow
def test_a_seed_gives_the_same_weights_and_another_gives_others(soak):
    weights = trained(soak, 0)
    assert torch.equal(weights, trained(soak, 0))
    assert not torch.equal(weights, trained(soak, 1))


@pytest.mark.slow
def test_steps_of_other_sizes_leave_no_tensor_behind(soak):
    model = soak.network().train()
    numbers = []
    for step in range(4):
        soak.losses(model, soak.batch([step, 1], 64 + 32 * (step % 2), 96, seed=step))
        gc.collect()
        numbers.append(sum(isinstance(each, torch.Tensor) for each in gc.get_objects()))
    assert numbers[1] == numbers[2] == numbers[3]
