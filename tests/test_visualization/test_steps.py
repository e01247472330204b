"""The figure of the steps, on made steps whose panels can be read off."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pytest

from srn_mmdet.demo.portrait import portrait
from srn_mmdet.visualization import draw_steps
from srn_mmdet.visualization.two_steps import FilteredLevel, MovedLevel, Steps

TOOL = Path(__file__).resolve().parents[2] / 'tools' / 'visualize_steps.py'


@pytest.fixture
def steps():
    """Two faces of scores .9 and .2; half of STC's level left, an anchor moved a face."""
    left = np.zeros((8, 8), np.int64)
    left[:4] = 2
    level = FilteredLevel(1, 8, (8.0, 8.0), np.full((8, 8), 0.5, np.float32), left, 2)
    boxes = np.array([[8, 8, 24, 24, 0.9], [40, 40, 56, 56, 0.2]], np.float32)
    moved = MovedLevel(
        3,
        32,
        boxes[:, :4] - 4,
        boxes[:, :4],
        np.array([0, 1]),
        np.array([[0.4, 1], [0.1, 0.6]], np.float32),
    )
    return Steps(boxes, (64, 64), [level], [moved])


def test_an_svg_has_vectors_and_says_what_was_dropped(steps, tmp_path, monkeypatch):
    import matplotlib

    monkeypatch.setitem(matplotlib.rcParams, 'svg.fonttype', 'none')
    draw_steps(np.zeros((64, 64, 3), np.uint8), steps, tmp_path / 'a.svg')
    text = (tmp_path / 'a.svg').read_text()
    ET.fromstring(text)
    assert 'STC, stride 8: 50.0% dropped' in text
    assert 'STR, stride 32: IoU 0.40 to 1.00' in text  # of the face of .9 alone
    # its box in each panel, and one anchor before and after
    assert [text.count(f'stroke: {c}') for c in ('#1f9d3a', '#ffd23f', '#ff5da2')] == [
        3,
        1,
        1,
    ]


def test_a_png_veils_what_was_dropped(steps, tmp_path):
    draw_steps(np.full((64, 64, 3), 200, np.uint8), steps, tmp_path / 'a.png', 0.95)
    drawn = cv2.imread(str(tmp_path / 'a.png')).astype(int)
    middle = drawn[:, drawn.shape[1] // 2]  # the second of three panels
    dark = (middle.max(1) < 120).mean()
    assert 0.3 < dark < 0.6


@pytest.mark.slow
def test_the_tool_draws_a_picture_and_says_what_is_wrong(tmp_path):
    def run(*args):
        return subprocess.run(
            [sys.executable, '-W', 'ignore', TOOL, *args],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env=dict(os.environ, PYTHONPATH=str(TOOL.parents[1])),
        )

    cv2.imwrite(str(tmp_path / 'a.jpg'), portrait())
    assert run('a.jpg', 'out/steps.png').returncode == 0
    assert cv2.imread(str(tmp_path / 'out' / 'steps.png')).shape[1] > 2000
    wrong = run('a.jpg', 'steps.txt')
    assert (
        wrong.returncode == 2 and 'steps.txt: wants a name that ends in' in wrong.stderr
    )
    wrong = run('nosuch.jpg', 'steps.png')
    assert wrong.returncode == 1 and wrong.stderr.startswith(
        'error: nosuch.jpg: no such'
    )
