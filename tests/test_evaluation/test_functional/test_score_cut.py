import numpy as np
import pytest

from srn_mmdet.evaluation.functional.score_cut import check_score_cut

SCORES = np.array([0.9, 0.6])


def test_a_cut_says_its_score_and_where_the_curve_ends():
    (said,) = check_score_cut(SCORES, np.array([0.4, 0.75]), np.array([1.0, 0.9]))
    assert said.startswith(
        'no score is below 0.6, where the curve ends at a recall of 0.750 with a '
        'precision of 0.900'
    )


@pytest.mark.parametrize(
    'scores, recall, precision',
    [
        ([0.9, 0.1], 0.5, 0.9),
        ([9.0, 0.6], 0.5, 0.9),  # not in 0..1: logits, which may begin anywhere
        ([0.9, 0.6], 1.0, 0.9),  # no face is left to find
        ([0.9, 0.6], 0.5, 0.01),  # the rest would be wrong anyway
    ],
)
def test_what_loses_nothing_gets_no_word(scores, recall, precision):
    curve = np.array([recall]), np.array([precision])
    assert check_score_cut(np.array(scores), *curve) == []


def test_no_detections_are_not_cut():
    assert check_score_cut(*np.zeros((3, 0))) == []
