"""A published model and a local zoo that serves it."""

import threading
from contextlib import contextmanager
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import torch


def checkpoint(path, value=0.1, **more):
    """As training writes one."""
    torch.save(
        dict(
            meta=dict(epoch=3, cfg='model = 1'),
            state_dict={'conv.weight': torch.full((64, 1, 3, 3), value)},
            **more,
        ),
        path,
    )
    return path


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder with ranges, and may cut answers off."""

    cut = None
    ranges = True

    def do_GET(self):
        path = self.translate_path(self.path)
        self.server.seen.append(self.headers.get('Range'))
        try:
            with open(path, 'rb') as file:
                content = file.read()
        except OSError:
            self.send_error(404)
            return
        start = 0
        if self.ranges and self.headers.get('Range'):
            start = int(self.headers['Range'].removeprefix('bytes=').rstrip('-'))
            if start >= len(content):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        self.send_header('Content-Length', str(len(content) - start))
        self.end_headers()
        end = len(content) if self.cut is None else start + self.cut
        self.wfile.write(content[start:end])

    def log_message(self, *args):
        pass


@contextmanager
def served(folder, cut=None, ranges=True):
    """A zoo on 127.0.0.1: its URL, and the Range headers it was asked for."""
    handler = type('Handler', (_Handler,), dict(cut=cut, ranges=ranges))
    server = HTTPServer(('127.0.0.1', 0), partial(handler, directory=str(folder)))
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}', server.seen
    finally:
        server.shutdown()
        server.server_close()
