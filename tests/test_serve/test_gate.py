"""Many clients, slow clients, and the end of the server."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import numpy as np
import pytest

from srn_mmdet.serve.app import create_app
from srn_mmdet.serve.limits import Limits

from .conftest import Served


class Slow:
    """A detector that takes a while, and finds nothing."""

    test_cfg = dict(score_thr=0.05)

    def __init__(self, seconds):
        self.seconds = seconds
        self.at_once = self.most_at_once = 0

    def __call__(self, image, score_thr=0.0):
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds)
        self.at_once -= 1
        return np.zeros((0, 5), np.float32)


@pytest.fixture
def serve():
    """Serves a slow detector; what is served is ended after the test."""
    all_served = []

    def start(slow, **limits):
        detect = Slow(slow)
        all_served.append(Served(create_app(detect, Limits(**limits))))
        all_served[-1].detect = detect
        return all_served[-1]

    yield start
    for served in all_served:
        served.end()


@pytest.fixture
def data(pictures):
    return (pictures / 'portrait.jpg').read_bytes()


def ask(served, data):
    files = dict(picture=('x', data))
    return httpx.post(f'{served.url}/api/detect', files=files, timeout=30)


def test_of_50_clients_at_once_each_gets_an_answer(serve, data):
    served = serve(0.05, waiting=7)
    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(lambda _: ask(served, data), range(50)))
    kinds = Counter(answer.status_code for answer in answers)
    assert set(kinds) == {200, 503} and sum(kinds.values()) == 50 and kinds[200] >= 8
    for answer in answers:
        if answer.status_code == 503:
            assert answer.json()['error'].startswith('busy: ')
            assert int(answer.headers['retry-after']) > 0
    assert ask(served, data).status_code == 200


def test_pictures_are_looked_at_one_by_one(serve, data):
    served = serve(0.03)
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: ask(served, data), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert served.detect.most_at_once == 1


def test_who_waits_too_long_is_told_so(serve, data):
    served = serve(0.5, seconds=0.3)
    answer = ask(served, data)
    assert answer.status_code == 503
    assert answer.json()['error'] == 'busy: no result within 0.3 s; try again'


def half_an_upload(served):
    """A connection on which no more will come."""
    host, port = served.url.removeprefix('http://').split(':')
    connection = socket.create_connection((host, int(port)), timeout=5)
    connection.sendall(
        b'POST /api/detect HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n'
        b'Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n'
    )
    return connection


def test_an_upload_that_stops_is_ended(serve):
    with half_an_upload(serve(0, seconds=0.3)) as connection:
        assert b' 408 ' in connection.recv(4096).splitlines()[0]


def test_uploads_that_stop_keep_nobody_out_until_they_are_too_many(serve, data):
    served = serve(0, waiting=2, uploads=5)
    with ExitStack() as stack:
        for _ in range(5):
            assert ask(served, data).status_code == 200
            stack.enter_context(half_an_upload(served))
            time.sleep(0.05)
        assert (served.app.uploading, served.app.inside) == (5, 0)
        assert ask(served, data).json()['error'].startswith('busy: ')
    while served.app.uploading:
        time.sleep(0.01)
    assert ask(served, data).status_code == 200


def test_the_end_of_the_server_does_not_wait_for_an_upload(serve):
    served = serve(0)
    with half_an_upload(served) as connection:
        while not served.app.uploading:
            time.sleep(0.01)
        start = time.monotonic()
        served.end()
        assert time.monotonic() - start < 2
        assert b'the server is being shut down' in connection.recv(4096)


def test_what_a_client_no_longer_waits_for_is_not_begun(serve, data):
    served = serve(0.4)
    first = threading.Thread(target=ask, args=(served, data))
    first.start()
    time.sleep(0.15)
    files = dict(picture=('x', data))
    with httpx.Client(base_url=served.url, timeout=0.03) as client:
        for _ in range(5):
            with pytest.raises(httpx.TimeoutException):
                client.post('/api/detect', files=files)
    first.join()
    time.sleep(0.2)
    assert served.app._line.begun == 1


def test_an_error_of_the_detector_is_an_answer_and_the_server_goes_on(data):
    class Broken(Slow):
        def __call__(self, image, score_thr=0.0):
            raise RuntimeError('private: /home/me')

    served = Served(create_app(Broken(0)))
    try:
        answer = ask(served, data)
        assert answer.status_code == 500 and 'private' not in answer.text
        assert answer.json()['error']
        assert httpx.get(f'{served.url}/api/health').json()['inside'] == 0
    finally:
        served.end()


def test_limits_are_more_than_nothing():
    with pytest.raises(ValueError, match='seconds=0: wants more than 0'):
        Limits(seconds=0)


@pytest.mark.slow
def test_the_server_ends_with_the_request_that_it_computes(pictures):
    """SIGTERM while one picture is computed and others wait: one answer, the others are
    refused, exit status 0."""
    code = (
        'import sys, time\n'
        'from srn_mmdet.apis.inferencer import SRNInferencer as S\n'
        'call = S.__call__\n'
        'S.__call__ = lambda *a: (time.sleep(1), call(*a))[1]\n'
        'from srn_faces.command import main\n'
        'main(["serve", "--port", "0", "--device", "cpu"])\n'
    )
    process = subprocess.Popen(
        [sys.executable, '-W', 'ignore', '-c', code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ, OMP_NUM_THREADS='1'),
    )
    url = process.stdout.readline().split()[0].rstrip('/')
    data = (pictures / 'portrait.jpg').read_bytes()
    files = dict(picture=('x', data))
    answers = []

    def one():
        answers.append(httpx.post(f'{url}/api/detect', files=files, timeout=30))

    clients = [threading.Thread(target=one) for _ in range(4)]
    for client in clients:
        client.start()
    while httpx.get(f'{url}/api/health').json()['inside'] < 4:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    start = time.monotonic()
    for client in clients:
        client.join()
    out, err = process.communicate(timeout=20)
    assert time.monotonic() - start < 4
    assert process.returncode == 0 and 'Traceback' not in err, err
    kinds = Counter(answer.status_code for answer in answers)
    assert kinds == {200: 1, 503: 3}
    refused = [json.loads(a.text)['error'] for a in answers if a.status_code == 503]
    assert set(refused) == {'the server is being shut down'}


@pytest.mark.slow
def test_mixed_good_and_bad_requests_are_each_answered_as_they_should(detect):
    """The fast part of tests/robustness/serve_soak.py."""
    from ..robustness.serve_soak import requests_to_send, send

    served = Served(create_app(detect, Limits(max_bytes=2_000_000)))
    try:
        host, port = served.url.removeprefix('http://').split(':')
        with httpx.Client(base_url=served.url, timeout=30) as client:
            answers = Counter(
                send(client, (host, int(port)), request)
                for request, _ in zip(requests_to_send(seed=1), range(40))
            )
        assert set(answers) == {'200', '400', '413', 'left'}, answers
    finally:
        served.end()
