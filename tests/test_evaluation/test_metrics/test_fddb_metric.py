import numpy as np
import pytest
import torch
from mmdet.registry import METRICS

from srn_mmdet.apis.evaluate import evaluate_fddb

A, B = '2002/08/11/big/img_1', '2002/08/11/big/img_2'


@pytest.fixture
def folds(tmp_path):
    (tmp_path / 'FDDB-folds').mkdir()
    (tmp_path / 'FDDB-folds' / 'FDDB-fold-01-ellipseList.txt').write_text(
        f'{A}\n1\n30 20 {np.pi / 2} 60 70 1\n{B}\n1\n30 20 {np.pi / 2} 60 70 1\n'
    )
    return tmp_path / 'FDDB-folds'


def result(image, *rows):
    rows = torch.tensor(rows, dtype=torch.float).reshape(-1, 5)
    return dict(
        img_path=f'data/originalPics/{image}.jpg',
        ori_shape=(150, 200),
        pred_instances=dict(bboxes=rows[:, :4], scores=rows[:, 4]),
    )


RESULTS = [
    result(A, (40, 40, 80, 100, 0.9), (0, 0, 9, 9, 0.8)),
    result(B, (43, 47, 83, 107, 0.7)),
]


def run(*results, **kwargs):
    metric = METRICS.build(dict(type='FDDBMetric', **kwargs))
    metric.process({}, list(results))
    return metric.evaluate(len(results))


def test_figures_are_those_of_the_files_it_writes(folds, tmp_path):
    out = tmp_path / 'out'
    figures = run(*RESULTS, ground_truth=str(folds), out_dir=str(out))
    (tmp_path / 's.csv').write_text(f'image,width,height\n{A},200,150\n{B},200,150\n')
    _, again = evaluate_fddb(
        str(out / 'detections.txt'), str(folds), image_sizes=str(tmp_path / 's.csv')
    )
    assert {f'fddb/{name}': value for name, value in again.items()} == figures
    assert figures['fddb/discrete_tpr_at_1000'] == 1.0
    assert (out / 'fddb_DiscROC.txt').read_text().splitlines()[0] == '1 1 0.7'


def test_ellipses_fit_ellipses_better_than_boxes(folds):
    rectangles = run(*RESULTS, ground_truth=str(folds))
    ellipses = run(*RESULTS, ground_truth=str(folds), ellipses=True)
    key = 'fddb/continuous_tpr_at_1000'
    assert rectangles[key] < 0.78 and ellipses[key] > rectangles[key] + 0.1


def test_a_missing_result_is_said_and_counts(folds, log):
    figures = run(RESULTS[0], ground_truth=str(folds))
    assert figures['fddb/discrete_tpr_at_1000'] == 0.5
    assert '1 images are not in the predictions' in log.text


def test_a_missing_folder_is_known_before_the_run(tmp_path):
    with pytest.raises(FileNotFoundError, match='FDDB-folds'):
        METRICS.build(dict(type='FDDBMetric', ground_truth=str(tmp_path)))
