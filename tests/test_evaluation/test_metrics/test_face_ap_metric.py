import numpy as np
import pytest
import torch
from mmdet.registry import METRICS
from scipy.io import savemat

from srn_mmdet.apis.evaluate import evaluate_afw_pascal


@pytest.fixture
def mat(tmp_path):
    rows = np.empty(2, dtype=[('imgname', 'O'), ('objects', 'O')])
    rows[0] = 'a.jpg', np.array([[0, 0, 99, 99, 0, 0]])
    rows[1] = 'b.jpg', np.array([[10, 10, 109, 109, 0, 0]])
    savemat(tmp_path / 'gt.mat', dict(Annotations=rows))
    return str(tmp_path / 'gt.mat')


def result(image, *rows):
    rows = torch.tensor(rows, dtype=torch.float).reshape(-1, 5)
    return dict(
        img_path=f'data/{image}.jpg',
        pred_instances=dict(bboxes=rows[:, :4], scores=rows[:, 4]),
    )


RESULTS = [
    result('a', (0, 0, 99, 99, 0.9), (300, 300, 399, 399, 0.8)),
    result('b', (10, 10, 109, 109, 0.7)),
]


def build(mat, **kwargs):
    return METRICS.build(dict(type='FaceAPMetric', ground_truth=mat, **kwargs))


def run(metric, *results):
    metric.process({}, list(results))
    return metric.evaluate(len(results))


def test_figure_is_that_of_the_file_it_writes(mat, tmp_path):
    figures = run(build(mat, out_dir=str(tmp_path)), *RESULTS)
    assert figures == {'face/ap': pytest.approx(0.5 + 0.5 * 2 / 3)}
    _, again = evaluate_afw_pascal(str(tmp_path / 'detections.txt'), mat)
    assert again['ap'] == figures['face/ap']


def test_order_of_the_images_does_not_matter(mat):
    """As results of two processes come interleaved."""
    tied = [result('a', (0, 0, 99, 99, 0.5)), result('b', (0, 0, 22, 22, 0.5))]
    assert run(build(mat), *tied) == run(build(mat), *tied[::-1])


def test_a_missing_result_is_said_and_counts(mat, log):
    assert run(build(mat), RESULTS[1]) == {'face/ap': 0.5}
    assert '1 images are not in the predictions' in log.text
