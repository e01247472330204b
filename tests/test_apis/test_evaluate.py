import json
import subprocess
import sys
from pathlib import Path

from srn_mmdet.apis.evaluate import evaluate_wider_face
from srn_mmdet.evaluation.functional import write_prediction
from tests.test_evaluation.test_metrics.test_wider_face_metric import mats  # noqa: F401

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'evaluate.py'


def test_json_holds_the_figures_and_the_plot_is_drawn(mats, tmp_path):  # noqa: F811
    write_prediction(tmp_path / 'p', '0--Parade/b.jpg', [[0, 0, 9, 9]], [0.5])
    text, figures = evaluate_wider_face(
        str(tmp_path / 'p'),
        str(mats),
        json_file=str(tmp_path / 'f.json'),
        plot=str(tmp_path / 'pr.png'),
    )
    assert json.loads((tmp_path / 'f.json').read_text()) == dict(figures, num_images=2)
    assert figures['medium'] == 0.5 and figures['easy'] == 0
    assert '1 have no detections' in text
    assert (tmp_path / 'pr.png').read_bytes().startswith(b'\x89PNG')


def test_the_tool_ends_bad_input_with_one_line(tmp_path):
    run = subprocess.run(
        [sys.executable, TOOL, 'widerface', '--predictions', tmp_path, '--ground-truth']
        + [tmp_path],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert 'Traceback' not in run.stderr
    assert 'wider_face_val.mat: no such file' in run.stderr
