"""1,000 mixed requests to `srn-faces serve`: every one is answered, memory stays flat.

    python tests/robustness/serve_soak.py [REQUESTS]

Good pictures of several sizes, texts, cut-off and forged pictures, wrong fields, uploads
over the limit and uploads that are left off, by 8 clients at once. Prints the answers by
status, and the server's memory after each tenth. Exits 1 where the last half grew by more
than 5 % or 20 MB, or a request was not answered as it should be.
"""

import os
import random
import socket
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import cv2
import httpx
import psutil

from srn_mmdet.demo.portrait import group, portrait

_CLIENTS = 8


def requests_to_send(seed: int = 0):
    """Endless (kind, path, form fields, wanted statuses)."""
    draw = random.Random(seed)
    whole = {
        (side, ending): cv2.imencode(ending, cv2.resize(picture, (side, side)))[
            1
        ].tobytes()
        for picture, side in ((portrait(), 64), (portrait(), 300), (group(), 640))
        for ending in ('.jpg', '.png', '.webp', '.bmp')
    }
    while True:
        data = draw.choice(list(whole.values()))
        path = draw.choice(['/api/detect', '/api/steps', '/api/anonymise'])
        kind = draw.choice(['good', 'good', 'text', 'forged', 'field', 'large', 'left'])
        if kind == 'text':
            data = draw.randbytes(draw.randrange(1, 3000))
        elif kind == 'forged':
            data = bytearray(data)
            for _ in range(30):
                data[draw.randrange(len(data))] = draw.randrange(256)
        elif kind == 'large':
            data = bytes(3_000_000)
        wanted = dict(good={200}, text={400}, forged={200, 400, 413}, field={400})
        fields = dict(score_thr='much') if kind == 'field' else {}
        if kind == 'field':
            path = '/api/detect'
        yield kind, path, bytes(data), fields, wanted.get(kind, {413})


def send(client: httpx.Client, address: tuple[str, int], request) -> str:
    kind, path, data, fields, wanted = request
    if kind == 'left':  # half an upload, and away
        with socket.create_connection(address) as connection:
            connection.sendall(
                f'POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n'
                'Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n'.encode()
                + data[: len(data) // 2]
            )
        return 'left'
    answer = client.post(path, files=dict(picture=('x', data)), data=fields)
    if answer.status_code not in wanted:
        return f'WRONG: {kind} was answered {answer.status_code}: {answer.text[:200]}'
    return str(answer.status_code)


def main(number: int) -> int:
    command = 'from srn_mmdet.serve import main; main()'
    arguments = ['--port', '0', '--max-upload', '2', '--queue', str(_CLIENTS)]
    server = subprocess.Popen(
        [sys.executable, '-W', 'ignore', '-c', command, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ, OMP_NUM_THREADS='1'),
    )
    url = server.stdout.readline().split()[0].rstrip('/')
    host, _, port = url.removeprefix('http://').partition(':')
    address = host, int(port)
    memory, answers, requests = [], Counter(), requests_to_send()
    process = psutil.Process(server.pid)
    with (
        httpx.Client(base_url=url, timeout=120) as client,
        ThreadPoolExecutor(_CLIENTS) as clients,
    ):
        for tenth in range(10):
            batch = [next(requests) for _ in range(number // 10)]
            answers.update(clients.map(partial(send, client, address), batch))
            memory.append(process.memory_info().rss / 1e6)
            print(
                f'{(tenth + 1) * len(batch):6d} requests, {memory[-1]:7.1f} MB',
                flush=True,
            )
        files = process.num_fds()
        inside = client.get('/api/health').json()['inside']
    server.terminate()
    ended = server.wait(30)
    for answer, times in sorted(answers.items()):
        print(f'{times:6d} x {answer}')
    print(f'{files} open files, {inside} requests inside, exit status {ended}')
    grown = memory[-1] - memory[4]
    flat = grown < max(0.05 * memory[4], 20)
    right = not any(answer.startswith('WRONG') for answer in answers)
    print('flat' if flat else f'MEMORY GREW by {grown:.0f} MB in the last half')
    return int(not (flat and right and inside == 0 and ended == 0))


if __name__ == '__main__':
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
