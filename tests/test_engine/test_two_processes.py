"""Two processes on a CPU take the step that one process takes on both their images."""

import pytest
import torch
import torch.multiprocessing as mp
from mmdet.registry import MODELS
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope

from srn_mmdet.apis.runner import load_config

from ..test_models.made import sample

OPTIONS = {
    'model.backbone.base_channels': 8,
    'model.neck.0.in_channels': [8, 16, 32, 64],
}
FACES = [[10.0, 10, 34, 40], [36, 30, 46, 42]]
#: what the two processes are given: faces each, and the seeds of their pixels
CASES = {
    'alike': ([FACES, FACES], [0, 0]),
    'one without faces': ([FACES, []], [0, 1]),
    'both without faces': ([[], []], [0, 1]),
}


def network():
    init_default_scope('mmdet')
    torch.manual_seed(0)
    config = load_config('srn_demo.py', cfg_options=OPTIONS)
    model = MODELS.build(config.model)
    model.init_weights()
    return model.eval()  # batch norm would see one image or two


def batch(case, ranks):
    faces, seeds = CASES[case]
    images = [
        torch.randn(3, 64, 64, generator=torch.Generator().manual_seed(seeds[rank]))
        for rank in ranks
    ]
    samples = [sample(*faces[rank]) for rank in ranks]
    return dict(inputs=torch.stack(images), data_samples=samples, mode='loss')


def gradients(model, data) -> torch.Tensor:
    model.zero_grad()
    losses = model(**data)
    sum(
        value if isinstance(value, torch.Tensor) else sum(value)
        for name, value in losses.items()
        if 'loss' in name
    ).backward()
    return torch.cat([p.grad.flatten().clone() for p in model.parameters()])


def run(rank, folder):
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        'gloo', f'file://{folder}/rendezvous', rank=rank, world_size=2
    )
    model = MMDistributedDataParallel(network(), broadcast_buffers=False)
    found = {case: gradients(model, batch(case, [rank])) for case in CASES}
    torch.save(found, f'{folder}/{rank}.pt')
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_processes_have_the_gradients_of_one(tmp_path):
    mp.spawn(run, (str(tmp_path),), nprocs=2)
    first, second = (torch.load(tmp_path / f'{rank}.pt') for rank in range(2))
    model = network()
    for case in CASES:
        assert torch.equal(first[case], second[case])
        # each process divides by its own anchors, as AnchorHead does: the mean of two
        alone = [gradients(model, batch(case, [rank])) for rank in range(2)]
        assert alone[0].norm() > 0
        torch.testing.assert_close(first[case], sum(alone) / 2)
    both = gradients(model, batch('alike', [0, 1]))
    torch.testing.assert_close(first['alike'], both)
