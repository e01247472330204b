"""What keeps the repository as it is: the files say the same as each other."""

import configparser
import re
from pathlib import Path

import pytest
import yaml

from srn_mmdet import __version__

REPO = Path(__file__).resolve().parents[1]


def load(name):
    return yaml.safe_load((REPO / name).read_text())


def test_the_workflow_runs_ci_run_and_nothing_else():
    (job,) = load('.github/workflows/ci.yml')['jobs'].values()
    commands = [step['run'] for step in job['steps'] if 'run' in step]
    assert commands == ['.ci/run']
    setup = configparser.ConfigParser()
    setup.read(REPO / 'setup.cfg')
    supported = re.findall(r'Python :: (3\.\d+)', setup['metadata']['classifiers'])
    assert job['strategy']['matrix']['python'] == supported


def test_ci_and_pre_commit_name_targets_and_tools_that_exist():
    makefile = (REPO / 'Makefile').read_text()
    targets = re.findall(r'^make (\w+)$', (REPO / '.ci' / 'run').read_text(), re.M)
    assert {'lint', 'types', 'docs', 'coverage'} == set(targets)
    assert all(f'\n{target}: env' in makefile for target in targets)
    wanted = (REPO / 'requirements' / 'dev.txt').read_text()
    for hook in load('.pre-commit-config.yaml')['repos'][0]['hooks']:
        assert hook['additional_dependencies'][0] in wanted


def test_the_citation_is_valid_and_of_this_version():
    cff = pytest.importorskip('cffconvert', reason='no cffconvert')
    text = (REPO / 'CITATION.cff').read_text()
    cff.Citation(text).validate()
    assert load('CITATION.cff')['version'] == __version__


def test_issue_forms_have_what_github_wants():
    for path in (REPO / '.github' / 'ISSUE_TEMPLATE').glob('*.yml'):
        form = yaml.safe_load(path.read_text())
        if path.name == 'config.yml':
            continue
        assert form['name'] and form['description'] and form['body']
        for part in form['body']:
            assert part['type'] in ('markdown', 'textarea', 'checkboxes')
            assert 'attributes' in part


def test_the_readme_is_one_page():
    assert len((REPO / 'README.md').read_text().splitlines()) <= 175


def test_the_package_says_that_it_has_types():
    assert (REPO / 'srn_mmdet' / 'py.typed').is_file()
    assert 'py.typed' in (REPO / 'setup.cfg').read_text()


def test_all_that_a_tool_says_of_a_wrong_call_is_one_sentence():
    """argparse's too: under mim a traceback would follow it."""
    begins = "\nif __name__ == '__main__':\n    with one_line_errors("
    tools = list((REPO / 'tools').rglob('*.py'))
    assert len(tools) > 10
    assert [path.name for path in tools if begins not in path.read_text()] == []
