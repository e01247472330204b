"""Random numbers by epoch, so that a resumed run equals one that was never stopped."""

import random

import numpy as np
import torch
from mmdet.registry import HOOKS
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.registry import FUNCTIONS


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Seed everything anew from (seed, epoch, rank) before each epoch.

    A checkpoint does not hold the state of the random generators. With this hook, the
    order of the images and every random crop depend on the run's seed and the epoch
    alone; resumed at an epoch's start, training goes on bit for bit as it would have
    (on the CPU; on a GPU, as far as its kernels are deterministic).

    Wants ``worker_init_fn=dict(type='seed_worker')`` and ``persistent_workers=False`` in
    the training data loader: workers that live on keep a state that no one can resume.
    """

    priority = 'HIGH'

    def before_train(self, runner) -> None:
        # resuming sets the seed after the sampler was built with another one
        for sampler in _samplers(runner.train_dataloader):
            if runner.seed is not None and hasattr(sampler, 'seed'):
                sampler.seed = runner.seed

    def before_train_epoch(self, runner) -> None:
        sequence = np.random.SeedSequence([runner.seed or 0, runner.epoch, get_rank()])
        numpy_seed, torch_seed = (int(n) for n in sequence.generate_state(2))
        random.seed(numpy_seed)
        np.random.seed(numpy_seed)
        torch.manual_seed(torch_seed)  # all devices; also what workers are seeded from


def _samplers(dataloader) -> list:
    batch_sampler = getattr(dataloader, 'batch_sampler', None)
    return [dataloader.sampler, getattr(batch_sampler, 'sampler', None)]


@FUNCTIONS.register_module()
def seed_worker(worker_id: int, **kwargs) -> None:
    """Seed a data worker from torch's generator, which differs in every epoch.

    mmengine's default seeds a worker with the same number in every epoch, so that its
    first image gets the same random crop each time.
    """
    seed = torch.initial_seed() % 2**32  # base seed of this epoch + worker_id
    random.seed(seed)
    np.random.seed(seed)
