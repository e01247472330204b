import subprocess
import sys

import pytest

from srn_mmdet.evaluation.files import read_ground_truth, read_predictions


@pytest.fixture(scope='session')
def seeded(shared, tmp_path_factory):
    """The official ground truth and 310,960 seeded detections, whose AP is known."""
    wider, out = shared / 'wider_face', tmp_path_factory.mktemp('seeded')
    mats = wider / 'eval_tools' / 'ground_truth'
    script = wider / 'make_seeded_predictions.py'
    subprocess.run([sys.executable, script, mats, out, '--seed', '1'], check=True)
    return read_ground_truth(mats), read_predictions(out)
