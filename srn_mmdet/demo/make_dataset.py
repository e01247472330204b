"""A drawn data set, written in the official layout of WIDER FACE."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from ..files.wider_face_txt import COLUMNS
from ..written_aside import write_file, written_aside
from .draw_scene import KINDS, draw_scene

#: What a face must have to count: height in pixels at least, occlusion at most.
_COUNTS = {'easy': (40, 1), 'medium': (20, 2), 'hard': (8, 2)}
_EMPTY = 12  # every so many images holds no face


def make_dataset(
    root: str | Path, train: int = 320, val: int = 60, seed: int = 0
) -> None:
    """Draw images and write them with their annotations and ground truth.

    Args:
        root: Folder to make; gets WIDER_train, WIDER_val, wider_face_split and
            eval_tools/ground_truth, as the official archives unpack.
        train: Training images.
        val: Validation images.
        seed: The same seed draws the same data set.

    Raises:
        ValueError: A number is negative.
    """
    if min(train, val) < 0:
        raise ValueError(f'train={train}, val={val}: wants 0 images or more')
    root = Path(root)
    for number, (split, count) in enumerate((('train', train), ('val', val))):
        faces = _draw_split(root, split, count, [seed, number])
        _write_txt(root / 'wider_face_split' / f'wider_face_{split}_bbx_gt.txt', faces)
        if split == 'val':
            _write_mats(root / 'eval_tools' / 'ground_truth', faces)


def _draw_split(root, split, count, seed) -> dict[str, list[list[int]]]:
    faces = {}
    for i in range(count):
        kind = list(KINDS)[i % len(KINDS)]
        rng = np.random.default_rng([*seed, i])  # an image is the same in a larger set
        image, rows = draw_scene(rng, kind, empty=i % _EMPTY == _EMPTY - 1)
        name = f'{kind}/{kind.replace("--", "_")}_{i}.jpg'
        path = root / f'WIDER_{split}' / 'images' / name
        data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        write_file(path, data.tobytes())
        faces[name] = rows
    return dict(sorted(faces.items()))


def _write_txt(path: Path, faces: dict[str, list[list[int]]]) -> None:
    lines = []
    for name, rows in faces.items():
        lines += [name, str(len(rows))]
        # an image without faces has a line of zeros all the same, as in the original
        lines += [' '.join(map(str, row)) + ' ' for row in rows or [[0] * 10]]
    write_file(path, '\n'.join(lines) + '\n')


def _write_mats(folder: Path, faces: dict[str, list[list[int]]]) -> None:
    from scipy.io import savemat

    events = sorted({name.split('/')[0] for name in faces})
    of_event = [[n for n in faces if n.startswith(f'{event}/')] for event in events]

    def nested(value):
        return _cell([_cell([value(name) for name in names]) for names in of_event])

    lists = dict(
        event_list=_cell(events), file_list=nested(lambda name: Path(name).stem)
    )
    boxes = nested(lambda name: np.array(faces[name], float).reshape(-1, 10)[:, :4])
    with written_aside(folder / 'wider_face_val.mat') as path:
        savemat(path, dict(lists, face_bbx_list=boxes, **_attributes(nested, faces)))
    for subset, (height, occlusion) in _COUNTS.items():
        chosen = nested(
            lambda name, height=height, occlusion=occlusion: np.array(
                [
                    i
                    for i, row in enumerate(faces[name], 1)
                    if row[3] >= height and row[8] <= occlusion
                ],
                float,
            ).reshape(-1, 1)
        )
        with written_aside(folder / f'wider_{subset}_val.mat') as path:
            savemat(path, dict(lists, gt_list=chosen))


def _attributes(nested: Callable, faces: dict[str, list[list[int]]]) -> dict:
    """The lists of attributes, named as in the original."""
    return {
        f'{attribute}_label_list': nested(
            lambda name, i=i: np.array([row[i] for row in faces[name]], float).reshape(
                -1, 1
            )
        )
        for i, attribute in enumerate(COLUMNS[4:], 4)
    }


def _cell(values: list) -> np.ndarray:
    """A Matlab column cell array."""
    array = np.empty((len(values), 1), object)
    for i, value in enumerate(values):
        array[i, 0] = value
    return array
