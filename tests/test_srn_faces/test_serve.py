import socket

import pytest

from srn_faces import serve
from srn_faces.command import main
from srn_mmdet.inference.looks import Looking


def said(args, capsys) -> str:
    with pytest.raises(SystemExit) as end:
        main(['serve', *args])
    return f'{end.value.code} {capsys.readouterr().err}'


@pytest.mark.parametrize(
    'args, wrong',
    [
        (['--queue', '0'], '--queue: 0: wants more than 0'),
        (['--queue', '1.5'], "--queue: invalid int value: '1.5'"),
        (['--timeout', 'nan'], '--timeout: nan: wants more than 0'),
        (['--max-side', '-1'], '--max-side -1: wants 0 or more'),
        (['--tiles', '9'], '--tiles 9: wants 256 or more'),
        (['--port', '99999'], 'error: 127.0.0.1:99999: '),
        (['--host', 'no.such.host.invalid'], 'error: no.such.host.invalid:8000: '),
    ],
)
def test_bad_calls_are_answered_in_a_line(args, wrong, capsys):
    assert wrong in said(args, capsys)


def test_a_port_that_is_taken_is_said_at_once(capsys):
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        wrong = said(['--port', str(port)], capsys)
    assert f'error: 127.0.0.1:{port}: Address already in use' in wrong


def test_the_page_looks_as_the_program_does(monkeypatch):
    pytest.importorskip('fastapi', reason='no FastAPI: the extra "serve"')
    made = []
    monkeypatch.setattr(serve, '_run', lambda app, listening, limits: listening.close())
    monkeypatch.setattr(
        'srn_mmdet.serve.app.create_app', lambda detect, limits: made.append(detect)
    )
    options = ['--max-side', '0', '--tiles', '600', '--small', '--turned']
    for args in ([], options):
        main(['serve', '--port', '0', '--device', 'cpu', *args])
    usual, other = (detect.looking for detect in made)
    assert usual == Looking()
    assert other == Looking(max_side=None, tiles=600, small=True, turned=True)
