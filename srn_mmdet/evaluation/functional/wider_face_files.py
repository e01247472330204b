"""WIDER FACE's files: the ground truth's .mat and detectors' txt trees."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...written_aside import write_file
from .text_file import read_text
from .wider_face import SUBSETS, GroundTruth


@dataclass
class Predictions:
    """A txt tree.

    Attributes:
        boxes: For each image 'EVENT/NAME', (n, 5) rows (x, y, w, h, score).
        doubled: Images with more than one file; the first in alphabetical order counts.
    """

    boxes: dict[str, np.ndarray]
    doubled: list[str] = field(default_factory=list)


def image_key(name: str) -> str:
    """'EVENT/NAME', whatever ending and folders the name comes with."""
    parts = str(name).strip().replace('\\', '/').split('/')
    for ending in ('.txt', '.jpg', '.jpeg', '.png'):
        parts[-1] = parts[-1].removesuffix(ending)
    return '/'.join(parts[-2:])


def read_ground_truth(folder: str | Path) -> GroundTruth:
    """Read ``wider_{face,easy,medium,hard}_val.mat`` of the official eval_tools.

    Raises:
        FileNotFoundError: One of the four is missing; names it.
    """
    faces = _read_mat(folder, 'face')
    boxes, keys = {}, []
    for event, files, events_boxes in zip(
        faces['event_list'][:, 0],
        faces['file_list'][:, 0],
        faces['face_bbx_list'][:, 0],
        strict=True,
    ):
        keys.append([f'{event[0]}/{file[0]}' for file in files[:, 0]])
        for key, of_image in zip(keys[-1], events_boxes[:, 0], strict=True):
            boxes[key] = of_image.reshape(-1, 4).astype(np.float64)
    counting = {}
    for subset in SUBSETS:
        lists = _read_mat(folder, subset)['gt_list'][:, 0]
        counting[subset] = {
            key: index.reshape(-1).astype(np.int64) - 1  # Matlab counts from 1
            for event_keys, event in zip(keys, lists, strict=True)
            for key, index in zip(event_keys, event[:, 0], strict=True)
        }
    return GroundTruth(boxes, counting)


def _read_mat(folder: str | Path, name: str) -> dict:
    from scipy.io import loadmat

    path = Path(folder) / f'wider_{name}_val.mat'
    if not path.is_file():
        raise FileNotFoundError(
            f'{path}: no such file. The ground truth is the folder ground_truth of '
            'eval_tools.zip from the home page of WIDER FACE'
        )
    return loadmat(path)


def read_image_list(path: str | Path) -> list[str]:
    """Read a list of images, ``EVENT/NAME.jpg`` a line, as 'EVENT/NAME'."""
    lines = read_text(path).split('\n')
    return [image_key(line) for line in lines if line.strip()]


def read_predictions(folder: str | Path) -> Predictions:
    """Read ``EVENT/NAME.txt``: the image's name, the number n, n lines x y w h score.

    Takes what is seen in the wild: trailing blanks, CRLF, any order, any number of
    blanks between the columns, a name with or without '.jpg'.

    Raises:
        FileNotFoundError: There is no such folder, or no txt file in its folders.
        ValueError: A file breaks the format; names the file and what is wrong.
    """
    folder = Path(folder)
    # not '._NAME.txt', which macOS puts beside files
    paths = sorted(p for p in folder.glob('*/*.txt') if not p.name.startswith('.'))
    if not paths:
        raise FileNotFoundError(
            f'{folder}: no EVENT/NAME.txt below it'
            if folder.is_dir()
            else f'{folder}: no such folder'
        )
    predictions = Predictions({})
    for path in paths:
        key = image_key(f'{path.parent.name}/{path.name}')
        if key in predictions.boxes:
            predictions.doubled.append(key)
            continue
        predictions.boxes[key] = _read_boxes(path)
    return predictions


def _read_boxes(path: Path) -> np.ndarray:
    lines = read_text(path).split('\n', 2)
    if not ''.join(lines).strip():
        return np.zeros((0, 5))
    number = lines[1].strip() if len(lines) > 1 else ''
    if not number.isdigit():
        raise ValueError(f'{path}:2: expected the number of boxes, got {number!r}')
    words = lines[2].split() if len(lines) > 2 else []
    try:
        values = np.array(words, np.float64)
    except ValueError as error:
        raise ValueError(f'{path}: {error}') from None
    if len(values) != 5 * int(number):
        raise ValueError(
            f'{path}: {number} boxes announced (x y w h score), {len(values)} numbers '
            'follow'
        )
    return values.reshape(-1, 5)


def write_prediction(
    folder: str | Path, image: str, boxes: np.ndarray, scores: np.ndarray
) -> Path:
    """Write one image's detections as the official tool reads them.

    Args:
        folder: Of the event folders; made where missing.
        image: 'EVENT/NAME.jpg', with or without further folders before it.
        boxes: (n, 4) as (x1, y1, x2, y2) in pixels of the original image.
        scores: (n,); written by falling score.

    Returns:
        The file written.
    """
    key = image_key(image)
    path = Path(folder) / f'{key}.txt'
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    scores = np.asarray(scores, np.float64).reshape(-1)
    lines = [path.stem, str(len(boxes))]
    for i in np.argsort(-scores, kind='stable'):
        x1, y1, x2, y2 = boxes[i]
        row = (x1, y1, x2 - x1, y2 - y1, scores[i])
        # 9 digits tell any two numbers of single precision apart: many scores near 1
        # differ in the seventh alone
        lines.append(' '.join(f'{value:.9g}' for value in row))
    write_file(path, '\n'.join(lines) + '\n')
    return path


def describe_coverage(
    images: Collection[str],
    predictions: Collection[str],
    is_subset: bool,
    doubled: int = 0,
) -> str:
    """Say on which images, and what is missing, doubled or unknown."""
    missing = sum(image not in predictions for image in images)
    unknown = sum(image not in images for image in predictions)
    scope = 'subset of' if is_subset else 'all'
    text = f'WIDER FACE, {scope} {len(images)} images'
    if missing:
        text += f'; {missing} have no detections file or result and count as empty'
    if doubled:
        text += f'; {doubled} doubled, one of each left out'
    if unknown:
        text += f'; {unknown} not among them, left out'
    return text
