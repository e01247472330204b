import cv2
import numpy as np
import pytest

from .white import White


@pytest.fixture(autouse=True)
def white(monkeypatch):
    from srn_faces import run

    monkeypatch.setattr(run, 'SRNInferencer', White)


@pytest.fixture
def picture():
    """Grey noise with one white thing, in (20, 10, 50, 40)."""
    picture = np.random.default_rng(0).integers(0, 120, (80, 100, 3), np.uint8)
    picture[10:40, 20:50] = 255
    return picture


@pytest.fixture
def folder(tmp_path, monkeypatch, picture):
    """An empty working folder with in/a.png and in/sub/a.png."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'in' / 'sub').mkdir(parents=True)
    cv2.imwrite('in/a.png', picture)
    cv2.imwrite('in/sub/a.png', picture[:60])
    return tmp_path
