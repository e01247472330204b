"""A server with the package's own detector, and a browser where there is one."""

import shutil
import socket
import threading
import time

import cv2
import pytest
import torch

from srn_mmdet.apis.inferencer import SRNInferencer
from srn_mmdet.demo.portrait import group, portrait

uvicorn = pytest.importorskip('uvicorn', reason='no FastAPI: the extra "serve"')
pytest.importorskip('fastapi')


@pytest.fixture(scope='session')
def detect():
    torch.set_num_threads(1)
    return SRNInferencer(device='cpu')


class Served:
    """An application behind a real port, in a thread."""

    def __init__(self, app):
        self.app = app
        sock = socket.socket()
        sock.bind(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{sock.getsockname()[1]}'
        self.server = uvicorn.Server(uvicorn.Config(app, log_level='warning'))
        self.thread = threading.Thread(target=self.server.run, args=([sock],))
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def end(self):
        self.app.close()
        self.server.should_exit = True
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture(scope='session')
def served(detect):
    from srn_mmdet.serve.app import create_app

    served = Served(create_app(detect))
    yield served
    served.end()


@pytest.fixture(scope='session')
def pictures(tmp_path_factory):
    """A folder with group.png (24 faces) and portrait.jpg (one)."""
    folder = tmp_path_factory.mktemp('pictures')
    cv2.imwrite(str(folder / 'group.png'), group())
    cv2.imwrite(str(folder / 'portrait.jpg'), portrait())
    return folder


@pytest.fixture(scope='session')
def chromium(tmp_path_factory):
    """Headless Chromium by selenium; its ``downloads`` is a folder."""
    webdriver = pytest.importorskip('selenium.webdriver', reason='no selenium')
    found = [shutil.which(name) for name in ('chromium', 'chromedriver')]
    if None in found:
        pytest.skip('no chromium and chromedriver (apt-get install chromium-driver)')
    downloads = tmp_path_factory.mktemp('downloads')
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for argument in ('headless=new', 'no-sandbox', 'disable-dev-shm-usage'):
        options.add_argument(f'--{argument}')
    options.add_experimental_option(
        'prefs', {'download.default_directory': str(downloads)}
    )
    driver = webdriver.Chrome(options, webdriver.ChromeService(found[1]))
    driver.downloads = downloads
    yield driver
    driver.quit()
