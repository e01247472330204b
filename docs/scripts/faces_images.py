"""The picture of docs/srn_faces.md, made by srn-faces itself from a drawn group.

python docs/scripts/faces_images.py [FOLDER]
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from srn_mmdet.demo.portrait import group
from srn_mmdet.written_aside import write_file

_OPTIONS = ([], ['--blur'], ['--pixelate'], ['--min-size', '120'])


def main() -> None:
    target = Path(sys.argv[1] if len(sys.argv) > 1 else 'docs/images')
    shown = []
    with tempfile.TemporaryDirectory() as folder:
        cv2.imwrite(f'{folder}/group.png', group())
        for options in _OPTIONS:
            out = f'{folder}/out'
            command = ['-m', 'srn_faces', f'{folder}/group.png', '--out-dir', out]
            subprocess.run(
                [sys.executable, '-W', 'ignore', *command, *options], check=True
            )
            picture = cv2.imread(f'{out}/group.png')
            scale = 480 / picture.shape[1]
            picture = cv2.resize(
                picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA
            )
            strip = np.full((30, picture.shape[1], 3), 255, np.uint8)
            text = ' '.join(['srn-faces group.png', *options])
            cv2.putText(strip, text, (6, 20), 0, 0.45, (40, 30, 20), 1, cv2.LINE_AA)
            shown.append(np.concatenate([strip, picture]))
    rows = [np.concatenate(shown[i : i + 2], 1) for i in (0, 2)]
    data = cv2.imencode('.jpg', np.concatenate(rows), [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    write_file(target / 'srn_faces.jpg', data.tobytes())


if __name__ == '__main__':
    main()
