"""The picture of README.md, docs/page.md and docs/paper.md: what the two steps did.

python docs/scripts/steps_image.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

import cv2

from srn_mmdet import SRNInferencer, draw_steps, look_at_steps
from srn_mmdet.demo.portrait import group
from srn_mmdet.written_aside import write_file


def main() -> None:
    target = Path(sys.argv[1] if len(sys.argv) > 1 else 'docs/images')
    picture = group()
    steps = look_at_steps(SRNInferencer(device='cpu'), picture)
    with tempfile.TemporaryDirectory() as folder:
        draw_steps(picture, steps, f'{folder}/steps.png')
        figure = cv2.imread(f'{folder}/steps.png')
    scale = 1512 / figure.shape[1]
    figure = cv2.resize(figure, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    data = cv2.imencode('.jpg', figure, [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    write_file(target / 'steps.jpg', data.tobytes())


if __name__ == '__main__':
    main()
