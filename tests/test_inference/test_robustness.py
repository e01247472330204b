"""The fast part of tests/robustness/faces_soak.py."""

import io
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from srn_mmdet import SRNInferencer
from srn_mmdet.demo.portrait import group
from srn_mmdet.inference import decode_picture

SOAK = Path(__file__).resolve().parents[1] / 'robustness' / 'faces_soak.py'


def test_every_kind_of_bad_picture_is_read_or_named():
    kinds = list(runpy.run_path(str(SOAK))['kinds']())
    assert len(kinds) >= 40
    for name, content, good in kinds:
        try:
            array, _ = decode_picture(io.BytesIO(content), name)
        except ValueError as error:
            assert not good and str(error).startswith(f'{name}: ')
            assert '\n' not in str(error)
        else:
            assert good and array.dtype == np.uint8 and array.shape[2] == 3


@pytest.mark.slow
def test_threads_share_an_inferencer():
    detect, picture = SRNInferencer(device='cpu'), group()[:200, :300]
    thresholds = [0.05, 0.3, 0.6, 0.9] * 2
    wanted = [detect(picture, thr) for thr in thresholds]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda thr: detect(picture, thr), thresholds))
    for rows, others in zip(wanted, found):
        np.testing.assert_allclose(rows, others, atol=1e-3)


@pytest.mark.slow
def test_pictures_of_few_pixels():
    detect, picture = SRNInferencer(device='cpu'), group()
    for height, width in [(1, 1), (1, 65), (65, 2), (31, 33), (32, 32), (64, 65)]:
        rows = detect(np.ascontiguousarray(picture[:height, :width]))
        assert np.isfinite(rows).all() and rows.shape[1] == 5
