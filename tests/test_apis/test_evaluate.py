import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy.io import savemat

from srn_mmdet.apis.evaluate import (
    evaluate_afw_pascal,
    evaluate_fddb,
    evaluate_wider_face,
)
from srn_mmdet.evaluation.functional import write_prediction
from tests.test_evaluation.test_metrics.test_wider_face_metric import mats  # noqa: F401

REPO = Path(__file__).resolve().parents[2]
TOOL = REPO / 'tools' / 'evaluate.py'


def test_json_holds_the_figures_and_the_plot_is_drawn(mats, tmp_path):  # noqa: F811
    write_prediction(tmp_path / 'p', '0--Parade/b.jpg', [[0, 0, 9, 9]], [0.5])
    text, figures = evaluate_wider_face(
        str(tmp_path / 'p'),
        str(mats),
        json_file=str(tmp_path / 'f.json'),
        plot=str(tmp_path / 'pr.png'),
    )
    assert json.loads((tmp_path / 'f.json').read_text()) == figures
    assert figures['medium'] == 0.5 and figures['easy'] == 0
    assert '1 have no detections' in text
    assert (tmp_path / 'pr.png').read_bytes().startswith(b'\x89PNG')


def test_the_tool_ends_bad_input_with_one_line(tmp_path):
    run = subprocess.run(
        [sys.executable, TOOL, 'widerface', '--predictions', tmp_path, '--ground-truth']
        + [tmp_path],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(REPO)),
    )
    assert run.returncode == 1
    assert 'Traceback' not in run.stderr
    assert 'wider_face_val.mat: no such file' in run.stderr


def test_fddb_says_what_is_missing_and_writes_all_files(tmp_path):
    (tmp_path / 'FDDB-folds').mkdir()
    faces = tmp_path / 'FDDB-folds' / 'FDDB-fold-01-ellipseList.txt'
    faces.write_text('1/1/1/big/a\n1\n30 20 0 60 70 1\n1/1/1/big/b\n0\n')
    found = tmp_path / 'd.txt'
    found.write_text('1/1/1/big/a\n1\n30 50 60 40 .5\n1/1/1/big/z\n0\n')
    (tmp_path / 's.csv').write_text('image,width,height\n1/1/1/big/a,200,150\n')
    (tmp_path / 'others').mkdir()
    (tmp_path / 'others' / 'OtherDiscROC.txt').write_text('.9 2000 .1\n.8 900 .2\n')
    text, figures = evaluate_fddb(
        str(found),
        str(tmp_path / 'FDDB-folds'),
        image_sizes=str(tmp_path / 's.csv'),
        json_file=str(tmp_path / 'f.json'),
        plot=str(tmp_path / 'roc.png'),
        roc_prefix=str(tmp_path / 'x_'),
        curves=str(tmp_path / 'others'),
    )
    assert 'Other, published: discrete 0.8000 at 1,000' in text
    assert '1 images are not in the predictions' in text
    assert '1 unknown images left out' in text
    assert figures['discrete_tpr_at_1000'] == 1.0
    assert 0.7 < figures['continuous_tpr_at_2000'] < 0.8  # about pi / 4
    assert json.loads((tmp_path / 'f.json').read_text()) == figures
    assert (tmp_path / 'roc.png').read_bytes().startswith(b'\x89PNG')
    assert (tmp_path / 'x_DiscROC.txt').read_text() == '1 0 0.5\n'


def test_afw_says_what_is_missing_unknown_and_doubled(tmp_path):
    rows = np.empty(2, dtype=[('imgname', 'O'), ('objects', 'O')])
    rows[0] = 'a.jpg', np.array([[0, 0, 99, 99, 0, 0]])
    rows[1] = 'b.jpg', np.array([[0, 0, 99, 99, 0, 0]])
    savemat(tmp_path / 'gt.mat', dict(Annotations=rows))
    line = 'a .9 0 0 99 99\n'
    (tmp_path / 'd.txt').write_text(line * 2 + 'z .1 0 0 99 99\n')
    text, figures = evaluate_afw_pascal(
        str(tmp_path / 'd.txt'),
        str(tmp_path / 'gt.mat'),
        json_file=str(tmp_path / 'f.json'),
        plot=str(tmp_path / 'pr.png'),
    )
    assert text == (
        'gt.mat, 2 images, 2 faces; 1 images are not in the predictions, as empty; '
        '1 detections are listed twice; 1 detections on unknown images count as false '
        'positives'
    )
    assert figures == dict(ap=0.5)
    assert json.loads((tmp_path / 'f.json').read_text()) == dict(ap=0.5)
    assert (tmp_path / 'pr.png').read_bytes().startswith(b'\x89PNG')


def test_other_detectors_are_evaluated_beside_ones_own(tmp_path):
    rows = np.empty(1, dtype=[('imgname', 'O'), ('objects', 'O')])
    rows[0] = 'a.jpg', np.array([[0, 0, 99, 99, 0, 0]])
    savemat(tmp_path / 'gt.mat', dict(Annotations=rows))
    (tmp_path / 'mine.txt').write_text('a .9 0 0 99 99\n')
    (tmp_path / 'other.txt').write_text('a .9 300 0 399 99\n')
    files = str(tmp_path / 'mine.txt'), str(tmp_path / 'gt.mat')
    text, figures = evaluate_afw_pascal(*files, curves=str(tmp_path))
    assert text.splitlines()[1:] == ['other: 0.000000'] and figures == dict(ap=1.0)
