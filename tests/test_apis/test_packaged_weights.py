"""The light SRN that comes with the package, as it comes."""

import cv2
import numpy as np
import pytest

from srn_mmdet.apis.inferencer import WEIGHTS, SRNInferencer
from srn_mmdet.apis.published import load_published, packaged_weights
from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.evaluation.files import read_ground_truth
from srn_mmdet.evaluation.functional import wider_face_ap


@pytest.fixture(scope='module')
def detect():
    return SRNInferencer(device='cpu')


def test_the_weights_are_those_that_their_name_says_and_a_small_file():
    path = packaged_weights(WEIGHTS)
    assert load_published(path)['meta']['dataset_meta']['classes'] == ('face',)
    assert path.stat().st_size < 2.5e6


@pytest.mark.slow
def test_drawn_faces_are_found_though_it_was_trained_on_photographs(detect, tmp_path):
    make_dataset(tmp_path, train=0, val=12)
    truth = read_ground_truth(tmp_path / 'eval_tools' / 'ground_truth')
    found = {}
    for key in truth.boxes:
        rows = detect(tmp_path / 'WIDER_val' / 'images' / f'{key}.jpg').astype(float)
        rows[:, 2:4] -= rows[:, :2]
        found[key] = rows
    assert wider_face_ap(truth, found)['easy'].ap > 0.5


@pytest.mark.slow
def test_the_astronauts_face_is_found(detect, shared):
    """Once, with a sure score, where it is; nothing else is as sure."""
    rows = detect(shared / 'photos' / 'astronaut.png', 0.5)
    centres = (rows[:, :2] + rows[:, 2:4]) / 2
    assert len(rows) and np.abs(centres[0] - (223, 120)).max() < 15


def test_noise_has_no_face(detect):
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    assert not len(detect(cv2.GaussianBlur(noise, (0, 0), 3), 0.5))
