"""Damaged files through every reader: equal, other values, or one error that names them.

    python tests/robustness/readers_fuzz.py [NUMBER]

10,000 by default. A file is damaged at random (bytes changed, inserted, left out or
doubled, a line left out or doubled, the end cut off) and read again. What a reader may do
is to give all that stands in the file, or to refuse it by an error that begins with its
name. Exits 1 where one ends otherwise, or gives less than what stands in the file.

What no reader can know is taken as it stands: a changed digit is another number, and a
file that ends behind a whole image is a shorter one.
"""

import io
import json
import logging
import random
import sys
import tempfile
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmdet.registry import DATASETS
from mmengine.registry import init_default_scope
from PIL import Image
from scipy.io import savemat

import srn_mmdet  # noqa: F401  (registers everything)
from srn_mmdet.evaluation.files import (
    read_detection_list,
    read_face_annotations,
    read_fddb_detections,
    read_folds,
    read_ground_truth,
    read_image_sizes,
    read_predictions,
)
from srn_mmdet.evaluation.files.fddb import read_rocs
from srn_mmdet.files.text_file import read_text
from srn_mmdet.files.wider_face_txt import read_bbx_gt, read_list
from tests.test_evaluation.made import write_ground_truth


@dataclass
class Format:
    """A reader and its file.

    Attributes:
        path: The file, in a folder of the format's own.
        content: What is in it when it is whole.
        read: Folder -> what is in it: a number of images and one of boxes.
        stands: The damaged file's path and what was read of it -> whether that is all
            that stands in it.
    """

    path: str
    content: bytes
    read: Callable[[Path], tuple[int, int]]
    stands: Callable[[Path, tuple[int, int]], bool]


def _lines(path: Path) -> int:
    return sum(bool(line.strip()) for line in read_text(path).split('\n'))


def _counted(path: Path, found: tuple[int, int]) -> bool:
    """A line an image, one for its number, one a box; one of zeros may follow a 0."""
    images, boxes = found
    return 0 <= _lines(path) - 2 * images - boxes <= _lines(path) // 3


def _a_line_each(path: Path, found: tuple[int, int]) -> bool:
    return _lines(path) == sum(found)


def _sizes(faces: dict) -> tuple[int, int]:
    return len(faces), sum(map(len, faces.values()))


def _dataset(kind: str, folder: Path, **config) -> tuple[int, int]:
    config = dict(config, type=kind, data_root=str(folder), pipeline=[])
    with redirect_stdout(io.StringIO()):  # pycocotools
        dataset = DATASETS.build(config)
    left_out = sum(n for name, n in dataset.categories().items() if name != 'face')
    boxes = sum(len(dataset.get_data_info(i)['instances']) for i in range(len(dataset)))
    return len(dataset), boxes + left_out


def _json_stands(path: Path, found: tuple[int, int]) -> bool:
    content = json.loads(path.read_bytes())
    flat = sum(
        min(box['bbox'][2:]) < 1 or not box['area'] or box.get('ignore') is not None
        for box in content['annotations']
    )
    images, boxes = found
    less = len(content['annotations']) - boxes
    outside = 2  # a corner may have been moved out of the image
    return images == len(content['images']) and less <= flat + outside


def _xml_stands(path: Path, found: tuple[int, int]) -> bool:
    return len(list(ET.parse(path).iterfind('object'))) == found[1]


def formats(folder: Path) -> list[Format]:
    """The formats, in folders with all that their readers want."""
    zeros = ' 0 0 0 0 0 0'
    wider = f"""0--A/a_1.jpg
2
10 20 30 40{zeros}
50 60 17 18{zeros}
0--A/b.jpg
0
0 0 0 0{zeros}
1--B/c d.jpg
3
1 2 33 44{zeros}
-5 6 7 8 0 0 1 1 0 0
99 98 97 96 2 0 0 0 2 1
"""
    retina = '# 0--A/a.jpg\n10 20 30 40\n50 60 17 18\n# 1--B/c.jpg\n1 2 33 44\n'
    ellipses = '30.5 20.25 1.4 60 70  1\n'
    fold = f'2002/08/11/big/img_1\n2\n{ellipses * 2}2002/08/11/big/img_2\n1\n{ellipses}'
    rows = '10.5 20 30 40 0.95\n1e1 20 3.25 40 0.5\n'
    found = f'2002/08/11/big/img_1\n2\n{rows}2002/08/11/big/img_2\n1\n1 2 3 4 .5\n'
    detected = 'a 0.9 1 2 33 44\nimg_2.jpg -0.5 1.5 2 33 44\na 0.25 10 20 30 40.5\n'
    yolo = '0 0.5 0.5 0.25 0.25\n0 0.1 0.2 0.05 0.125\n'
    boxes = [[10, 20, 30, 40], [50, 60, 70, 80], [7, 8, 9, 10]]
    coco = dict(
        images=[
            dict(id=i, file_name=f'{i}.jpg', width=640, height=480) for i in range(2)
        ],
        categories=[dict(id=1, name='face')],
        annotations=[
            dict(id=i, image_id=i % 2, category_id=1, bbox=box, area=99, iscrowd=0)
            for i, box in enumerate(boxes)
        ],
    )
    voc = '<annotation><size><width>640</width><height>480</height></size>'
    for x, y, w, h in boxes:
        corners = dict(xmin=x, ymin=y, xmax=x + w, ymax=y + h).items()
        bndbox = ''.join(f'<{key}>{value}</{key}>' for key, value in corners)
        voc += f'\n<object><name>face</name><bndbox>{bndbox}</bndbox></object>'
    voc += '\n</annotation>\n'

    def of_list(part):
        found = read_detection_list(part / 'd.txt')
        return 0, len(found.images)

    def of_rocs(part):
        return 0, len(read_rocs(part)['discrete']['X'][0])

    def in_words(path, found):
        words = read_text(path).split('\n', 2)[2:]
        return sum(len(text.split()) for text in words) == 5 * found[1]

    made = {
        'wider': Format(
            'gt.txt',
            wider.encode(),
            lambda p: _sizes(read_bbx_gt(p / 'gt.txt')),
            _counted,
        ),
        'retinaface': Format(
            'label.txt',
            retina.encode(),
            lambda p: _sizes(read_bbx_gt(p / 'label.txt')),
            lambda path, found: (
                _a_line_each(path, found)
                if read_text(path).lstrip().startswith('# ')
                else _counted(path, found)
            ),
        ),
        'list': Format(
            'list.txt',
            b'0--A/a.jpg\n0--A/b c.jpg\n1--B/d.png\n',
            lambda p: (len(read_list(p / 'list.txt')), 0),
            _a_line_each,
        ),
        'predictions': Format(
            '0--A/a.txt',
            b'a.jpg\n2\n' + rows.encode(),
            lambda p: _sizes(read_predictions(p).boxes),
            in_words,
        ),
        'folds': Format(
            'FDDB-fold-01-ellipseList.txt',
            fold.encode(),
            lambda p: _sizes(read_folds(p)),
            _counted,
        ),
        'fddb': Format(
            'd.txt',
            found.encode(),
            lambda p: _sizes(read_fddb_detections(p / 'd.txt').boxes),
            _counted,
        ),
        'sizes': Format(
            's.csv',
            b'image,width,height\n2002/08/11/big/img_1,450,300\n2002/a/b/img_2,3,4\n',
            lambda p: (1, len(read_image_sizes(p / 's.csv'))),
            _a_line_each,
        ),
        'roc': Format(
            'XDiscROC.txt', b'.9 20 .1\n.8 9 .2\n0 0 1\n', of_rocs, _a_line_each
        ),
        'afw': Format('d.txt', detected.encode(), of_list, _a_line_each),
        'yolo': Format(
            'labels/a.txt',
            yolo.encode(),
            lambda p: _dataset(
                'YOLOFaces', p, ann_file='labels', data_prefix=dict(img='images')
            ),
            lambda path, found: _lines(path) == found[1],
        ),
        'coco': Format(
            'a.json',
            json.dumps(coco, indent=1).encode(),
            lambda p: _dataset(
                'COCOFaces', p, ann_file='a.json', data_prefix=dict(img='')
            ),
            _json_stands,
        ),
        'voc': Format(
            'Annotations/a.xml',
            voc.encode(),
            lambda p: _dataset(
                'VOCFaces', p, ann_file='l.txt', data_prefix=dict(sub_data_root='')
            ),
            _xml_stands,
        ),
    }
    images = {'0--A/a': boxes, '0--A/b': [], '1--B/c': boxes[:1]}
    counting = {
        subset: {image: range(1, len(rows) + 1) for image, rows in images.items()}
        for subset in ('easy', 'medium', 'hard')
    }
    write_ground_truth(folder / 'mats', images, counting)
    struct = np.empty(2, dtype=[('imgname', 'O'), ('objects', 'O')])
    struct[0] = 'a.jpg', np.array([[0.0, 0, 99, 99, 0, 0], [1, 2, 3, 4, 0, 1]])
    struct[1] = 'b.jpg', np.zeros((0, 6))
    for compressed in (False, True):
        file = io.BytesIO()
        savemat(file, dict(Annotations=struct), do_compression=compressed)
        made[f'afw mat{compressed}'] = Format(
            'gt.mat',
            file.getvalue(),
            lambda p: _sizes(read_face_annotations(p / 'gt.mat').boxes),
            lambda path, found: found == (2, 2),
        )
    for name in ('face', 'hard'):
        mat = f'wider_{name}_val.mat'
        made[f'mats {name}'] = Format(
            mat,
            (folder / 'mats' / mat).read_bytes(),
            _of_mats,
            lambda _, f: f == (3, 4),
        )
    for name, one in made.items():
        part = folder / name
        (part / one.path).parent.mkdir(parents=True, exist_ok=True)
        for mat in (folder / 'mats').glob('*.mat') if 'mats' in name else ():
            (part / mat.name).write_bytes(mat.read_bytes())
    (folder / 'yolo' / 'images').mkdir()
    Image.new('RGB', (640, 480)).save(folder / 'yolo' / 'images' / 'a.jpg')
    (folder / 'voc' / 'l.txt').write_text('a\n')
    return [(folder / name, one) for name, one in made.items()]


def _of_mats(folder: Path) -> tuple[int, int]:
    truth = read_ground_truth(folder)
    return min(len(truth.boxes), len(truth.counting['hard'])), _sizes(truth.boxes)[1]


def damaged(content: bytes, rng: random.Random) -> bytes:
    kind = rng.choice(('change', 'change', 'insert', 'drop', 'lines', 'cut'))
    if kind == 'cut':
        return content[: rng.randrange(len(content))]
    if kind == 'lines':
        lines = content.splitlines(keepends=True)
        at = rng.randrange(len(lines))
        lines[at : at + 1] = rng.choice(([], [lines[at]] * 2, [b'\n', lines[at]]))
        return b''.join(lines)
    bad = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(bad))
        byte = rng.choice((rng.randrange(256), *b'\0\xff-+.,# \t\r\n0123456789eEnN'))
        if kind == 'change':
            bad[at] = byte
        elif kind == 'insert':
            bad.insert(at, byte)
        else:
            del bad[at : at + rng.choice((1, 1, 2, 9))]
            if not bad:
                return b''
    return bytes(bad)


def fuzz(number: int, folder: Path, seed: int = 0) -> tuple[Counter, list[str]]:
    """How many damaged files ended how, and those that ended otherwise."""
    rng, ends, wrong = random.Random(seed), Counter(), []
    kinds = formats(folder)
    whole = {}
    for part, one in kinds:
        (part / one.path).write_bytes(one.content)
        whole[part] = one.read(part)
        assert one.stands(part / one.path, whole[part]), part
    for turn in range(number):
        part, one = kinds[turn % len(kinds)]
        path = part / one.path
        bad = damaged(one.content, rng)
        path.write_bytes(bad)
        try:
            found = one.read(part)
        except (ValueError, OSError) as error:
            end = 'refused' if str(part) in str(error) else 'an error without its file'
        except Exception as error:
            end = f'{type(error).__name__}: {error}'
        else:
            end = 'read' if one.stands(path, found) else f'read as {found}'
        path.write_bytes(one.content)
        if end not in ('read', 'refused'):
            wrong.append(f'{part.name}, {bad!r}: {end}')
            end = 'otherwise'
        ends[f'{part.name}: {end}'] += 1
        ends[end] += 1
    return ends, wrong


def main() -> int:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    init_default_scope('mmdet')
    logging.disable(logging.INFO)
    warnings.simplefilter('error', RuntimeWarning)
    with tempfile.TemporaryDirectory() as folder:
        ends, wrong = fuzz(number, Path(folder))
    for text in wrong[:20]:
        print(text)
    for end, times in sorted(ends.items()):
        print(f'{end:32s}{times:7,}')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    sys.exit(main())
