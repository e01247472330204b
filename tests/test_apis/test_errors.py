import os
import signal
import subprocess
import sys

import pytest
from mmdet.registry import MODELS
from torch.utils.data import DataLoader

from srn_mmdet.apis import errors
from srn_mmdet.apis.errors import last_line, one_line_errors


def test_what_is_wrong_with_the_input_is_one_line(monkeypatch):
    said = r'^error: a\.pth: no such file  \(SRN_TRAC'
    with pytest.raises(SystemExit, match=said), one_line_errors():
        raise FileNotFoundError('a.pth: no such file')
    monkeypatch.setenv('SRN_TRACEBACK', '1')
    with pytest.raises(FileNotFoundError), one_line_errors():
        raise FileNotFoundError('a.pth: no such file')


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), one_line_errors():
        print(1 // 0)
    with pytest.raises(TypeError), one_line_errors():
        print(1 + '0')


@pytest.mark.parametrize(
    'wrong, said',
    [(ValueError('no faces'), 'error: no faces  (SRN_'), (SystemExit('bye'), 'bye\n')],
)
def test_mim_is_ended_when_all_is_said(monkeypatch, capsys, wrong, said):
    killed = []
    monkeypatch.setattr(errors, '_under_mim', lambda: True)
    monkeypatch.setattr(os, 'kill', lambda *args: killed.append(args))
    with pytest.raises(SystemExit) as end, one_line_errors():
        raise wrong
    assert end.value.code == 1 and capsys.readouterr().err.startswith(said)
    assert killed == [(os.getppid(), signal.SIGINT)]


def test_an_end_that_is_none_leaves_mim_alone(monkeypatch):
    monkeypatch.setattr(errors, '_under_mim', lambda: True)
    monkeypatch.setattr(os, 'kill', lambda *args: pytest.fail('killed'))
    with pytest.raises(SystemExit), one_line_errors():
        sys.exit(0)


@pytest.mark.slow
def test_under_mim_the_sentence_is_the_last_that_is_said(tmp_path):
    pytest.importorskip('mim', reason='no mim')
    tool = ['mim', 'run', 'srn_mmdet', 'evaluate', 'widerface']
    files = ['--predictions', 'nowhere', '--ground-truth', 'nowhere']
    run = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', *tool, *files],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        # a shell's background job ignores Ctrl-C, and what it starts does
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert run.returncode == 1 and 'Traceback' not in run.stderr
    *_, sentence, empty, aborted = run.stderr.splitlines()
    assert sentence.startswith('error: nowhere')
    assert (empty, aborted) == ('', 'Aborted!')


def test_what_the_system_says_of_a_file_begins_with_its_name(tmp_path):
    path = tmp_path / 'nowhere.json'
    with pytest.raises(SystemExit, match=f'^error: {path}: no s'), one_line_errors():
        path.read_text()


@pytest.mark.parametrize(
    'config, said',
    [
        (dict(type='RFE', nosuch=1), "unexpected keyword argument 'nosuch'"),
        (dict(type='RFE', in_channels=[1]), r'neck=\[dict'),
        (dict(type='Nosuch'), 'Nosuch is not in the mmdet::model registry'),
    ],
)
def test_a_config_that_calls_a_part_wrongly_is_one_line(config, said):
    with pytest.raises(SystemExit, match=f'^error: .*{said}'), one_line_errors():
        MODELS.build(config)


class Broken(list):
    def __getitem__(self, index):
        raise ValueError('a.jpg: not an image')


def test_an_error_in_a_data_worker_is_its_own_sentence():
    with pytest.raises(ValueError) as error:
        next(iter(DataLoader(Broken([1]), num_workers=1)))
    assert 'Traceback' in str(error.value)
    assert last_line(error.value) == 'a.jpg: not an image'
