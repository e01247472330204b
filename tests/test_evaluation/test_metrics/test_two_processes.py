"""Evaluation over two processes gives what one gives."""

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from mmdet.registry import METRICS
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


def evaluate(cfg, rank=0, world_size=1):
    metric = METRICS.build(cfg)
    for sample in results()[rank::world_size]:
        metric.process({}, [sample])
    return metric.evaluate(len(IMAGES))


def run(rank, cfgs, folder):
    torch.distributed.init_process_group(
        'gloo', f'file://{folder}/rendezvous', rank=rank, world_size=2
    )
    figures = [evaluate(cfg, rank, 2) for cfg in cfgs]
    if rank == 0:
        torch.save(figures, f'{folder}/figures.pt')
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_processes_give_what_one_gives(tmp_path):
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
    mp.spawn(run, (cfgs, str(tmp_path)), nprocs=2)
    figures = torch.load(tmp_path / 'figures.pt', weights_only=True)
    assert figures == [evaluate(cfg) for cfg in cfgs]
    assert all(0 < value < 1 for of in figures for value in of.values())
