import json
import re

import numpy as np

from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.demo.page import read_training_log, write_page
from srn_mmdet.evaluation.files import read_ground_truth
from srn_mmdet.evaluation.functional import wider_face_ap


def write_log(work, name, steps):
    folder = work / name / 'vis_data'
    folder.mkdir(parents=True)
    lines = [
        dict(loss=s / 10, step=s, epoch=1 + s // 100, stc_dropped=s) for s in steps
    ]
    lines.append(dict(step=4, **{'wider_face/easy': 0.5}))  # of the validation
    (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, lines)))


def test_steps_lost_by_the_kill_come_from_the_resumed_run(tmp_path):
    write_log(tmp_path, '20260101_000000', [10, 20])  # an earlier demo
    write_log(tmp_path, '20260101_000100', [10, 50, 90, 110, 120])  # killed
    write_log(tmp_path, '20260101_000200', [105, 115])
    entries, starts = read_training_log(tmp_path)
    assert [e['step'] for e in entries] == [10, 50, 90, 105, 115]
    assert starts == [10, 105]


def test_the_page_holds_everything_itself(tmp_path):
    make_dataset(tmp_path / 'data', train=0, val=12)
    write_log(tmp_path / 'work', '20260101_000000', [10, 20, 30])
    truth = read_ground_truth(tmp_path / 'data' / 'eval_tools' / 'ground_truth')
    detections = {k: np.array([[5.0, 5, 50, 60, 0.9]]) for k in truth.boxes}
    page = write_page(
        tmp_path / 'index.html',
        images=tmp_path / 'data' / 'WIDER_val' / 'images',
        truth=truth,
        detections=detections,
        results=wider_face_ap(truth, detections),
        work_dir=tmp_path / 'work',
        commands=['python train.py <config>'],
        took={'training': 12.0},
        light=dict(list(detections.items())[:2]),
    )
    text = page.read_text()
    sources = re.findall(r'src="([^"]{10})', text)
    assert len(sources) >= 2 + 12 + 2 and all(
        s.startswith('data:image') for s in sources
    )
    assert '&lt;config&gt;' in text and '12 s' in text
    assert text.count('The detector in the box') == 1
    assert page.stat().st_size < 5e6
