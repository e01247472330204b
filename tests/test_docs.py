"""The docs: the source that they show is there, the site builds without a warning."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
pytest.importorskip('mkdocs', reason='no mkdocs')


@pytest.fixture(scope='module')
def hooks():
    spec = importlib.util.spec_from_file_location('hooks', REPO / 'docs' / 'hooks.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_lines_beside_the_equations_are_in_the_source(hooks):
    found = re.findall(hooks._CODE, (REPO / 'docs' / 'paper.md').read_text())
    assert len(found) > 10
    for file, pattern, number in found:
        hooks.find_lines(file, pattern, int(number or 1))


def test_code_that_is_gone_ends_the_build(hooks, tmp_path, monkeypatch):
    monkeypatch.setattr(hooks, '_ROOT', tmp_path)
    (tmp_path / 'a.py').write_text('x = 1\n    y = 2\nx = 3\n')
    assert hooks.find_lines('a.py', 'y =') == (2, 'y = 2')
    for pattern in ('z =', 'x ='):
        with pytest.raises(ValueError, match='is in . lines, not in one'):
            hooks.find_lines('a.py', pattern)


def test_formulas_become_mathml(hooks):
    class Page:
        meta = dict(math=True)

    html = hooks.on_page_markdown('Over $1 - \\theta$, see [it](../README.md#x).', Page)
    assert html.startswith('Over <math') and '&#x003B8;' in html and '$' not in html
    assert html.endswith('see it.')


def test_the_faq_answers_all_25_points():
    text = (REPO / 'docs' / 'faq.md').read_text()
    numbers = re.findall(r'^\*\*([\d, ]+)\. ', text, re.M)
    assert sorted(int(n) for of in numbers for n in of.split(',')) == list(range(1, 26))


@pytest.mark.slow
def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path):
    done = subprocess.run(
        [sys.executable, '-m', 'mkdocs', 'build', '-q', '-d', tmp_path],
        cwd=REPO,
        capture_output=True,
        text=True,
        env=dict(os.environ, NO_MKDOCS_2_WARNING='1'),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    loads = re.compile(
        r'<(?:script|link rel="stylesheet"|img)[^>]+(?:src|href)="(https?:[^"]+)'
    )
    for page in tmp_path.glob('*.html'):
        assert loads.findall(page.read_text()) == []
    assert '<math' in (tmp_path / 'paper.html').read_text()
    assert 'face_score' in (tmp_path / 'paper.html').read_text()
