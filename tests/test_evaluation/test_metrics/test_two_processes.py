"""Evaluation over two and three processes gives what one gives."""

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from mmdet.registry import METRICS
from mmengine.dataset import DefaultSampler
from scipy.io import savemat

import srn_mmdet  # noqa: F401  (registers everything)
from tests.test_evaluation.made import write_ground_truth

IMAGES = [f'2002/08/11/big/img_{i}' for i in range(7)]  # an odd number


def results():
    rng = np.random.default_rng(0)
    found = []
    for image in IMAGES:
        corner = rng.uniform(0, 60, (6, 2))
        boxes = np.concatenate([corner, corner + rng.uniform(25, 60, (6, 2))], 1)
        boxes[rng.integers(6)] = (10, 10, 60, 65) + rng.uniform(-12, 12, 4)
        found.append(
            dict(
                img_path=f'{image}.jpg',
                ori_shape=(150, 200),
                pred_instances=dict(
                    bboxes=torch.from_numpy(boxes).float(),
                    scores=torch.from_numpy(rng.choice([0.2, 0.5, 0.9], 6)).float(),
                ),
            )
        )
    return found


def evaluate(cfg, round_up=True):
    """On what mmengine's sampler gives this process: 7 images, of 2 or 3 uneven parts."""
    metric = METRICS.build(cfg)
    found = results()
    for index in DefaultSampler(IMAGES, shuffle=False, round_up=round_up):
        metric.process({}, [found[index]])
    return metric.evaluate(len(IMAGES))


def run(rank, cfgs, folder):
    """Together with one other process, then with two."""
    for world_size in (2, 3):
        if rank >= world_size:
            continue
        torch.distributed.init_process_group(
            'gloo',
            f'file://{folder}/rendezvous{world_size}',
            rank=rank,
            world_size=world_size,
        )
        for round_up in (True, False):
            figures = [evaluate(cfg, round_up) for cfg in cfgs]
            if rank == 0:
                torch.save(figures, f'{folder}/figures{world_size}{round_up}.pt')
        torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_and_three_processes_with_uneven_parts_give_what_one_gives(tmp_path):
    faces = [[10.0, 10, 50, 55], [40, 40, 45, 40]]
    keys = ['/'.join(image.split('/')[-2:]) for image in IMAGES]
    counting = {s: {k: [1, 2] for k in keys} for s in ('easy', 'medium', 'hard')}
    write_ground_truth(tmp_path / 'wider', dict.fromkeys(keys, faces), counting)
    folds = tmp_path / 'folds'
    folds.mkdir()
    (folds / 'FDDB-fold-01-ellipseList.txt').write_text(
        ''.join(f'{image}\n1\n30 25 0 40 40 1\n' for image in IMAGES)
    )
    rows = np.empty(len(IMAGES), dtype=[('imgname', 'O'), ('objects', 'O')])
    for i, image in enumerate(IMAGES):
        boxes = np.array([[10, 10, 60, 65, 0, 0]])
        rows[i] = image.split('/')[-1] + '.jpg', boxes
    savemat(tmp_path / 'afw.mat', dict(Annotations=rows))
    cfgs = [
        dict(type='WIDERFaceMetric', ground_truth=str(tmp_path / 'wider')),
        dict(type='FDDBMetric', ground_truth=str(folds)),
        dict(type='FaceAPMetric', ground_truth=str(tmp_path / 'afw.mat')),
    ]
    mp.spawn(run, (cfgs, str(tmp_path)), nprocs=3)
    alone = [evaluate(cfg) for cfg in cfgs]
    assert all(0.1 < value < 0.95 for of in alone for value in of.values())
    for file in ('figures2True', 'figures2False', 'figures3True', 'figures3False'):
        assert torch.load(tmp_path / f'{file}.pt', weights_only=True) == alone
