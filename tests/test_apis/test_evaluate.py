import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from srn_mmdet.apis.evaluate import (
    evaluate_afw_pascal,
    evaluate_fddb,
    evaluate_wider_face,
)
from srn_mmdet.evaluation.files import write_prediction
from tests.test_evaluation.made import write_ground_truth
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


FACES = [[50.0, 20, 30, 40], [200, 100, 50, 60], [400, 300, 80, 90]]


def write_corners(folder):
    """The ground truth, and files with x1 y1 x2 y2 for x y w h, of score .6."""
    images = dict.fromkeys(['0--A/a', '1--B/b'], FACES)
    every = {image: [1, 2, 3] for image in images}
    counting = dict(easy=every, medium=every, hard=every)
    write_ground_truth(folder / 'gt', images, counting)
    for image in images:
        path = folder / 'p' / f'{image}.txt'
        path.parent.mkdir(parents=True)
        rows = [
            f'{x} {y} {x + w} {y + h} .{6 + i}' for i, (x, y, w, h) in enumerate(FACES)
        ]
        path.write_text('\n'.join([path.stem, '3', *rows]) + '\n')
    return str(folder / 'p'), str(folder / 'gt')


def test_corners_for_sizes_are_a_warning_with_the_faces_they_match(tmp_path):
    text, figures = evaluate_wider_face(*write_corners(tmp_path))
    assert figures['hard'] == 0
    assert text.splitlines()[1] == (
        'warning: no box is on a face in 2 of 2 images looked at; read as '
        "'x1 y1 x2 y2 score', the boxes of 2 of them match 6 of 6 faces; as "
        "'x y w h score', the layout, none"
    )


def test_all_files_in_one_folder_are_refused_with_a_name_that_is_wanted(tmp_path):
    predictions, truth = write_corners(tmp_path)
    for path in list((tmp_path / 'p').glob('*/*.txt')):
        path.rename(tmp_path / 'p' / path.name)
    with pytest.raises(ValueError, match='has p/a, wanted .* 0--A/a. All .* folder, p'):
        evaluate_wider_face(str(tmp_path), truth)
    with pytest.raises(FileNotFoundError, match=r'a\.txt the first, are in no folder'):
        evaluate_wider_face(predictions, truth)


def test_a_score_cut_is_a_warning(tmp_path):
    predictions, truth = write_corners(tmp_path)
    x, y, w, h = FACES[0]
    for image in ('0--A/a', '1--B/b'):
        write_prediction(predictions, image, [[x, y, x + w, y + h]], [0.6])
    text, figures = evaluate_wider_face(predictions, truth)
    assert figures['hard'] == pytest.approx(1 / 3)
    assert (
        'warning: no score is below 0.6, where the curve ends at a recall of 0.333'
        in text
    )


def test_fddb_and_afw_say_which_columns_fit(tmp_path):
    rows = np.empty(1, dtype=[('imgname', 'O'), ('objects', 'O')])
    rows[0] = 'a.jpg', np.array([[x, y, x + w, y + h, 0, 0] for x, y, w, h in FACES])
    savemat(tmp_path / 'gt.mat', dict(Annotations=rows))
    lines = [f'a .5 {x} {y} {w} {h}\n' for x, y, w, h in FACES]
    (tmp_path / 'afw.txt').write_text(''.join(lines))
    text, _ = evaluate_afw_pascal(str(tmp_path / 'afw.txt'), str(tmp_path / 'gt.mat'))
    assert "'score x y w h', the boxes of 1 of them match 3 of 3 faces" in text

    (tmp_path / 'folds').mkdir()
    ellipses = [
        f'{h / 2} {w / 2} 1.57 {x + w / 2} {y + h / 2} 1' for x, y, w, h in FACES
    ]
    (tmp_path / 'folds' / 'FDDB-fold-01-ellipseList.txt').write_text(
        '\n'.join(['1/1/1/big/a', '3', *ellipses])
    )
    lines = [f'{x} {y} {x + w} {y + h} .5' for x, y, w, h in FACES]
    (tmp_path / 'd.txt').write_text('\n'.join(['1/1/1/big/a', '3', *lines]))
    (tmp_path / 's.csv').write_text('image,width,height\n1/1/1/big/a,640,480\n')
    sizes = str(tmp_path / 's.csv')
    text, _ = evaluate_fddb(str(tmp_path / 'd.txt'), str(tmp_path / 'folds'), sizes)
    assert "'x1 y1 x2 y2 score', the boxes of 1 of them match 3 of 3 faces" in text
    with pytest.raises(FileNotFoundError, match='a folder; wanted is one file'):
        evaluate_afw_pascal(str(tmp_path), str(tmp_path / 'gt.mat'))
    (tmp_path / 'x' / 'y').mkdir(parents=True)
    (tmp_path / 'x' / 'y' / 'd.txt').touch()
    with pytest.raises(FileNotFoundError, match='in this folder, but 1 further .*x/y'):
        evaluate_fddb(str(tmp_path / 'x'), str(tmp_path / 'folds'), sizes)
    (tmp_path / 'd.txt').write_text('img_1\n0\n')
    with pytest.raises(
        ValueError, match='it has img_1, wanted are names as 1/1/1/big/a'
    ):
        evaluate_fddb(str(tmp_path / 'd.txt'), str(tmp_path / 'folds'), sizes)


@pytest.mark.filterwarnings('error')
def test_negative_sizes_are_a_warning_and_none_of_numpys(tmp_path):
    predictions, truth = write_corners(tmp_path)
    (tmp_path / 'p/0--A/a.txt').write_text('a\n1\n10 20 -33 40 .5\n')
    text, _ = evaluate_wider_face(predictions, truth)
    assert '1 of 4 boxes have a negative width or height' in text and '0--A/a' in text
