import numpy as np
import pytest
from scipy.io import loadmat, savemat

from srn_mmdet.evaluation.files.wider_face import read_attributes
from srn_mmdet.evaluation.files.wider_face_curves import read_published_curves
from srn_mmdet.evaluation.functional import SUBSETS, GroundTruth, SubsetResult
from srn_mmdet.evaluation.functional.wider_face_analysis import (
    KINDS,
    ap_by_iou,
    best_threshold,
    errors_by_height,
    false_positives_at_recall,
    group_faces,
    recall_at_precision,
    split_errors,
)
from tests.test_evaluation.made import cell, write_ground_truth

IMAGE = 'e/a'
FACES = np.array([[0.0, 0, 9, 9], [100, 0, 19, 19], [200, 0, 99, 99]])


def truth(counting=(0, 1, 2)):
    chosen = {IMAGE: np.array(counting, int)}
    return GroundTruth({IMAGE: FACES}, dict.fromkeys(SUBSETS, chosen))


def found(*rows):
    return {IMAGE: np.array(rows, float).reshape(-1, 5)}


def test_each_kind_of_detection_by_hand():
    detections = found(
        [0, 0, 9, 9, 0.9],  # true
        [0, 1, 9, 9, 0.8],  # the same face again
        [200, 0, 99, 39, 0.7],  # 40 % of a face
        [400, 400, 9, 9, 0.6],  # nothing there
        [100, 0, 19, 19, 0.5],  # a face that does not count
        [0, 0, 9, 9, 0.1],  # under the threshold
    )
    errors = split_errors(truth(counting=(0, 2)), detections, score_thr=0.3)[IMAGE]
    assert [KINDS[kind] for kind in errors.kinds] == [
        'true',
        'duplicate',
        'poor box',
        'background',
        'ignored',
    ]
    assert errors.missed.tolist() == [FACES[2].tolist()]


def test_errors_are_counted_by_the_height_of_their_own_box():
    detections = found(
        [0, 0, 9, 9, 0.9],  # true
        [200, 0, 99, 39, 0.7],  # poor box, of a face of 99 px
        [400, 400, 9, 16, 0.6],  # background, at the edge of two bands
        [400, 0, 9, 300, 0.5],  # background
    )
    of = errors_by_height(split_errors(truth(), detections, score_thr=0.3))
    assert list(of) == [
        '0-16 px',
        '16-32 px',
        '32-64 px',
        '64-128 px',
        '128-256 px',
        '256- px',
    ]
    given = {
        (band, kind): n for band, row in of.items() for kind, n in row.items() if n
    }
    assert given == {
        ('0-16 px', 'true'): 1,
        ('32-64 px', 'poor box'): 1,
        ('16-32 px', 'background'): 1,
        ('256- px', 'background'): 1,
        ('16-32 px', 'missed'): 1,
        ('64-128 px', 'missed'): 1,
    }


def test_an_image_without_detections_misses_its_faces():
    errors = split_errors(truth(), {}, score_thr=0.5)[IMAGE]
    assert len(errors.kinds) == 0 and len(errors.missed) == 3


def test_ap_falls_with_the_overlap_that_is_wanted():
    """99 x 99 px, shifted by 16: IoU (100 * 84) / (100 * 116) = .724."""
    only = GroundTruth({IMAGE: FACES[2:]}, {s: {IMAGE: np.array([0])} for s in SUBSETS})
    aps = ap_by_iou(only, found([216, 0, 99, 99, 0.9]))
    assert [aps[thr]['hard'] for thr in (0.5, 0.6, 0.7, 0.8, 0.9)] == [1, 1, 1, 0, 0]


def test_recall_and_false_positives_are_read_off_the_curve():
    recall = np.array([0.25, 0.5, 0.75, 0.75])
    precision = np.array([1.0, 1.0, 0.75, 0.6])  # of 8 faces: 2/2, 4/4, 6/8, 6/10
    result = SubsetResult(0.0, recall, precision, 8)
    assert recall_at_precision(result, 0.99) == 0.5
    assert recall_at_precision(result, 0.7) == 0.75
    assert false_positives_at_recall(result, 0.5) == 0
    assert false_positives_at_recall(result, 0.6) == 2
    assert false_positives_at_recall(result, 0.9) is None
    never = SubsetResult(0.0, np.zeros(2), np.zeros(2), 8)
    assert recall_at_precision(never, 0.5) == 0.0


def test_best_threshold_is_where_precision_and_recall_balance():
    detections = found(
        [0, 0, 9, 9, 0.9],
        [100, 0, 19, 19, 0.8],
        [400, 400, 9, 9, 0.3],
        [500, 400, 9, 9, 0.2],
        [200, 0, 99, 99, 0.1],
    )
    # 2 of 3 found without an error beats 3 of 3 with two
    assert 0.3 < best_threshold(truth(), detections) <= 0.8


def test_groups_part_the_hard_faces(tmp_path):
    write_ground_truth(
        tmp_path, {'e/a': FACES.tolist()}, {s: {'e/a': [1, 2, 3]} for s in SUBSETS}
    )
    content = loadmat(tmp_path / 'wider_face_val.mat')
    for name, values in (
        ('blur', [0, 1, 2]),
        ('occlusion', [0, 0, 2]),
        ('pose', [0, 1, 0]),
        ('illumination', [0, 0, 0]),
    ):
        content[f'{name}_label_list'] = cell([cell([np.array([values]).T])])
    savemat(
        tmp_path / 'wider_face_val.mat',
        {key: value for key, value in content.items() if not key.startswith('__')},
    )
    groups = group_faces(truth(counting=(1, 2)), read_attributes(tmp_path)).counting
    picked = {name: of[IMAGE].tolist() for name, of in groups.items() if len(of[IMAGE])}
    assert picked == {
        'height: 16-32 px': [1],
        'height: 64-128 px': [2],
        'blur: normal': [1],
        'blur: heavy': [2],
        'occlusion: none': [1],
        'occlusion: heavy': [2],
        'pose: typical': [2],
        'pose: atypical': [1],
        'illumination: normal': [1, 2],
    }


def test_published_curves_have_their_published_ap(shared):
    pytest.importorskip('h5py', reason='h5py reads some of the curves')
    folder = shared / 'wider_face/eval_tools/plot/baselines/Val/setting_int'
    curves = read_published_curves(folder)
    assert len(curves) == 26
    aps = [curves['SRN'][subset].ap for subset in SUBSETS]
    assert aps == pytest.approx([0.9644, 0.9528, 0.9017], abs=1e-4)


def test_curves_are_read_as_precision_then_recall(tmp_path):
    (tmp_path / 'X').mkdir()
    rows = np.array([[1.0, 0.5], [0.5, 1.0]])
    savemat(tmp_path / 'X' / 'wider_pr_info_X_easy_val.mat', dict(pr_cruve=rows))
    curves = read_published_curves(tmp_path)
    assert list(curves['X']) == ['easy'] and curves['X']['easy'].ap == 0.75
    with pytest.raises(FileNotFoundError, match='setting_int'):
        read_published_curves(tmp_path / 'X')


def test_all_attributes_fit_the_ground_truth(shared):
    from srn_mmdet.evaluation.files import (
        read_ground_truth,
    )

    folder = shared / 'wider_face' / 'eval_tools' / 'ground_truth'
    official, attributes = read_ground_truth(folder), read_attributes(folder)
    for values in attributes.values():
        assert {k: len(v) for k, v in values.items()} == {
            k: len(v) for k, v in official.boxes.items()
        }
    groups = group_faces(official, attributes).counting
    hard = sum(len(of) for of in official.counting['hard'].values())
    for prefix in ('height', 'blur', 'occlusion', 'pose', 'illumination'):
        parts = [of for name, of in groups.items() if name.startswith(prefix)]
        assert sum(len(faces) for of in parts for faces in of.values()) == hard
