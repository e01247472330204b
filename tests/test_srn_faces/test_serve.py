import socket

import pytest

from srn_faces.command import main


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
