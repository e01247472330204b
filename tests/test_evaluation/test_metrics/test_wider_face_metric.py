import pytest
import torch
from mmdet.registry import METRICS

from srn_mmdet.apis.evaluate import evaluate_wider_face
from tests.test_evaluation.made import write_ground_truth

IMAGES = {'0--Parade/a': [[0, 0, 9, 9], [100, 0, 9, 9]], '0--Parade/b': [[0, 0, 9, 9]]}
COUNTING = dict(
    easy={'0--Parade/a': [1], '0--Parade/b': []},
    medium={'0--Parade/a': [1], '0--Parade/b': [1]},
    hard={'0--Parade/a': [1, 2], '0--Parade/b': [1]},
)


@pytest.fixture
def mats(tmp_path):
    write_ground_truth(tmp_path / 'gt', IMAGES, COUNTING)
    return tmp_path / 'gt'


def result(image, *rows):
    """Rows (x1, y1, x2, y2, score) as the test loop gives them."""
    rows = torch.tensor(rows, dtype=torch.float).reshape(-1, 5)
    return dict(
        img_path=f'some/where/{image}.jpg',
        pred_instances=dict(bboxes=rows[:, :4], scores=rows[:, 4]),
    )


def build(**kwargs):
    return METRICS.build(dict(type='WIDERFaceMetric', **kwargs))


def run(metric, *results):
    metric.process({}, list(results))
    return metric.evaluate(len(results))


A = result('0--Parade/a', (0, 0, 9, 9, 0.9), (50, 50, 59, 59, 0.8))
B = result('0--Parade/b', (0, 0, 9, 9, 0.7))


def test_figures_are_the_protocols(mats):
    figures = run(build(ground_truth=str(mats)), A, B)
    # hard: TP FP TP of 3 faces; medium: of 2; easy: B's face is ignored
    assert figures == pytest.approx(
        {
            'wider_face/easy': 1.0,
            'wider_face/medium': 0.5 + 0.5 * 2 / 3,
            'wider_face/hard': 1 / 3 + 1 / 3 * 2 / 3,
        }
    )


def test_files_written_evaluate_to_the_same(mats, tmp_path):
    out = tmp_path / 'out'
    figures = run(build(ground_truth=str(mats), out_dir=str(out)), A, B)
    _, again = evaluate_wider_face(str(out), str(mats))
    assert {f'wider_face/{k}': v for k, v in again.items()} == pytest.approx(figures)


def test_a_subset_is_asked_for_by_name_and_said(mats, tmp_path, log):
    subset = tmp_path / 'list.txt'
    subset.write_text('0--Parade/b.jpg\n')
    figures = run(build(ground_truth=str(mats), image_list=str(subset)), B)
    assert figures['wider_face/hard'] == 1.0
    assert 'subset of 1 images' in log.text


def test_images_that_were_not_run_count_as_empty_and_are_said(mats, log):
    figures = run(build(ground_truth=str(mats)), A)
    assert figures['wider_face/medium'] == 0.5
    assert 'all 2 images; 1 have no' in log.text


def test_an_image_seen_twice_counts_once(mats):
    """The sampler of several processes fills up with images seen before."""
    once = run(build(ground_truth=str(mats)), A, B)
    assert run(build(ground_truth=str(mats)), A, B, A, B) == once


def test_without_ground_truth_it_only_writes(tmp_path):
    assert run(build(ground_truth=None, out_dir=str(tmp_path / 'out')), A) == {}
    assert (tmp_path / 'out' / '0--Parade' / 'a.txt').is_file()
    with pytest.raises(ValueError, match='out_dir'):
        build(ground_truth=None)


def test_missing_ground_truth_is_known_before_the_first_epoch(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'wider_face_val\.mat'):
        build(ground_truth=str(tmp_path))


def test_release_format_is_what_the_authors_script_writes(tmp_path, mats):
    """Inclusive corners: from 0.4 to 8.6 is 9.2 px wide, rounded 9; .90049 is .9."""
    metric = build(
        ground_truth=str(mats), out_dir=str(tmp_path / 'out'), release_format=True
    )
    run(metric, result('0--Parade/a', (0.4, 0.6, 8.6, 9.9, 0.90049)))
    lines = (tmp_path / 'out' / '0--Parade' / 'a.txt').read_text().splitlines()
    assert [float(x) for x in lines[2].split()] == [0, 1, 9, 10, 0.9]
