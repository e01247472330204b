"""Make the pictures of docs/page.md: `srn-faces serve` in headless Chromium.

python docs/scripts/page_images.py [FOLDER]
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from selenium import webdriver

from srn_mmdet.demo.portrait import group
from srn_mmdet.written_aside import write_file

_SHOTS = {  # name: (width, height, view, level)
    'page_faces': (1180, 800, 'faces', 0),
    'page_stc': (1180, 800, 'stc', 1),
    'page_str': (1180, 800, 'str', 0),
    'page_phone': (390, 844, 'faces', 0),
}


def main(folder: Path) -> None:
    serve = ['serve', '--port', '0', '--device', 'cpu']
    code = f'from srn_faces.command import main; main({serve})'
    server = subprocess.Popen(
        [sys.executable, '-W', 'ignore', '-c', code], stdout=subprocess.PIPE, text=True
    )
    url = server.stdout.readline().split()[0]
    options = webdriver.ChromeOptions()
    for argument in ('headless=new', 'no-sandbox', 'hide-scrollbars'):
        options.add_argument(f'--{argument}')
    service = webdriver.ChromeService(shutil.which('chromedriver'))
    page = webdriver.Chrome(options, service)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            picture = Path(scratch) / 'group.png'
            cv2.imwrite(str(picture), group())
            for name, shot in _SHOTS.items():
                _shoot(page, url, picture, shot)
                data = np.frombuffer(page.get_screenshot_as_png(), np.uint8)
                shot = cv2.imdecode(data, cv2.IMREAD_COLOR)
                quality = [cv2.IMWRITE_JPEG_QUALITY, 88]
                data = cv2.imencode('.jpg', shot, quality)[1]
                write_file(folder / f'{name}.jpg', data.tobytes())
    finally:
        page.quit()
        server.terminate()
        server.wait()


def _shoot(page, url: str, picture: Path, shot: tuple) -> None:
    width, height, view, level = shot
    page.execute_cdp_cmd(
        'Emulation.setDeviceMetricsOverride',
        dict(width=width, height=height, deviceScaleFactor=1, mobile=width < 500),
    )
    page.get(url)
    page.find_element('id', 'file').send_keys(str(picture))
    while 'with a score' not in page.find_element('id', 'status').text:
        time.sleep(0.1)
    page.find_element('css selector', f'input[value={view}]').click()
    if view != 'faces':
        page.find_elements('css selector', 'input[name=level]')[level].click()
    page.execute_script("document.getElementById('result').scrollIntoView()")
    page.execute_script('document.activeElement.blur()')
    time.sleep(0.3)


if __name__ == '__main__':
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path('docs/images'))
