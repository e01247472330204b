"""WIDER FACE's files: the ground truth's .mat and detectors' txt trees."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...files.image_names import image_key, visible_files
from ...files.mat_file import mat_layout, read_mat, variable
from ...files.text_file import finite_numbers, read_text
from ...files.wider_face_txt import COLUMNS, read_bbx_gt, read_list
from ...written_aside import write_file
from ..functional.wider_face import SUBSETS, GroundTruth, height_bands
from ..functional.wider_face_analysis import ATTRIBUTES


@dataclass
class Predictions:
    """A txt tree.

    Attributes:
        boxes: For each image 'EVENT/NAME', (n, 5) rows (x, y, w, h, score).
        doubled: Images with more than one file; the first in alphabetical order counts.
    """

    boxes: dict[str, np.ndarray]
    doubled: list[str] = field(default_factory=list)


def read_ground_truth(folder: str | Path) -> GroundTruth:
    """Read ``wider_{face,easy,medium,hard}_val.mat`` of the official eval_tools.

    A file in their place is read by :func:`read_own_faces`.

    Raises:
        FileNotFoundError: One of the four is missing; names it.
    """
    if Path(folder).is_file():
        return read_own_faces(folder)
    (faces,) = read_lists(folder, 'face', 'face_bbx_list')
    boxes = {}
    for key, rows in faces.items():
        if rows.size % 4:
            raise ValueError(
                f'{_mat(folder, "face")}: {key} has faces that are no boxes'
            )
        boxes[key] = rows.reshape(-1, 4).astype(np.float64)
    counting = {}
    for subset in SUBSETS:
        (lists,) = read_lists(folder, subset, 'gt_list')
        if lists.keys() != boxes.keys():
            raise ValueError(
                f'{_mat(folder, subset)}: other images than in {_mat(folder, "face")}'
            )
        counting[subset] = {}
        for key, index in lists.items():
            # Matlab counts from 1
            index = counting[subset][key] = index.reshape(-1).astype(np.int64) - 1
            if len(index) and not 0 <= index.min() <= index.max() < len(boxes[key]):
                raise ValueError(
                    f'{_mat(folder, subset)}: {key} has {len(boxes[key])} faces, and one '
                    'beyond them counts'
                )
    return GroundTruth(boxes, counting)


def read_attributes(folder: str | Path) -> dict[str, dict[str, np.ndarray]]:
    """Blur, occlusion, pose and illumination of every face, from wider_face_val.mat.

    Returns:
        Attribute -> image -> (n,) numbers, in the order of the ground truth's faces;
        without those that the file does not have.
    """
    lists = [f'{name}_label_list' for name in ATTRIBUTES]
    of_lists = read_lists(folder, 'face', *lists, optional=True)
    return {
        name: {image: values.reshape(-1).astype(int) for image, values in of.items()}
        for name, of in zip(ATTRIBUTES, of_lists, strict=True)
        if of
    }


def read_own_faces(path: str | Path) -> GroundTruth:
    """Faces of one's own as ground truth, from a file as wider_face_val_bbx_gt.txt.

    What counts is all valid faces, 'all', and those of each band of heights that has
    some, 'height 16-32 px'; the rest are ignored. The official subsets were chosen
    otherwise: the AP is computed as theirs, and is not to be compared to theirs.

    Raises:
        ValueError: The file breaks the format, or two images differ in their ending or
            in all but their last folder only; names it.
    """
    faces = read_bbx_gt(path)
    folders = int(any('/' in name for name in faces))
    keys = {name: image_key(name, folders) for name in faces}
    of_key = {key: name for name, key in keys.items()}
    for name, key in keys.items():
        if of_key[key] != name:
            raise ValueError(
                f'{path}: {name} and {of_key[key]} are both {key}, as files of '
                'detections name them'
            )
    counting = {}
    bands = {f'height {name}': band for name, band in height_bands().items()}
    for subset, (low, high) in {'all': (1, np.inf), **bands}.items():
        chosen = {
            keys[name]: np.flatnonzero(
                (rows[:, COLUMNS.index('invalid')] == 0)
                & (rows[:, 2:4] >= 1).all(1)
                & (rows[:, 3] >= low)
                & (rows[:, 3] < high)
            )
            for name, rows in faces.items()
        }
        if subset == 'all' or any(map(len, chosen.values())):
            counting[subset] = chosen
    boxes = {keys[name]: rows[:, :4].astype(np.float64) for name, rows in faces.items()}
    name = f'{Path(path).name} (no official protocol)'
    return GroundTruth(boxes, counting, name, folders)


def _mat(folder: str | Path, name: str) -> Path:
    return Path(folder) / f'wider_{name}_val.mat'


def read_lists(
    folder: str | Path, name: str, *wanted: str, optional: bool = False
) -> Iterator[dict[str, np.ndarray]]:
    """Read what lists of ``wider_NAME_val.mat`` have for each image 'EVENT/NAME'.

    One that is not there is an error, or empty where they are ``optional``.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file cannot be read, lacks a list, or not for every image
            numbers; names it.
    """
    path = _mat(folder, name)
    if not path.is_file():
        raise FileNotFoundError(
            f'{path}: no such file. The ground truth is the folder ground_truth of '
            'eval_tools.zip from the home page of WIDER FACE'
        )
    with mat_layout(path):
        content = read_mat(path)
        events, files = (
            variable(content, f'{of}_list')[:, 0] for of in ('event', 'file')
        )
        keys = [
            [image_key(f'{event[0]}/{file[0]}', 1) for file in of_event[:, 0]]
            for event, of_event in zip(events, files, strict=True)
        ]
        for key in wanted:
            if optional and key not in content:
                yield {}
            else:
                yield _by_image(keys, variable(content, key)[:, 0])


def _by_image(keys: list[list[str]], events: np.ndarray) -> dict[str, np.ndarray]:
    images = {}
    for of_event, values in zip(keys, events, strict=True):
        for key, of_image in zip(of_event, values[:, 0], strict=True):
            if key in images:
                raise ValueError(f'{key} is there twice')
            kind = of_image.dtype.kind
            if kind not in 'iuf' or (kind == 'f' and not np.isfinite(of_image).all()):
                raise ValueError(f'{key} has something else than finite numbers')
            images[key] = of_image
    return images


def read_image_list(path: str | Path, folders: int = 1) -> list[str]:
    """Read a list of images, ``EVENT/NAME.jpg`` a line, as 'EVENT/NAME'."""
    return [image_key(line, folders) for line in read_list(path)]


def read_predictions(folder: str | Path, folders: int = 1) -> Predictions:
    """Read ``EVENT/NAME.txt``: the image's name, the number n, n lines x y w h score.

    Takes what is seen in the wild: trailing blanks, CRLF, any order, any number of
    blanks between the columns, a name with or without '.jpg'. Where the images are in
    no folders (``folders=0``), their files may be in none or one.

    Raises:
        FileNotFoundError: There is no such folder, or no txt file in its folders.
        ValueError: A file breaks the format; names the file and what is wrong.
    """
    folder = Path(folder)
    paths = visible_files(folder, '*/*.txt')
    if not folders:
        paths = visible_files(folder, '*.txt') + paths
    if not paths:
        raise FileNotFoundError(f'{folder}: {_what_is_there(folder)}')
    predictions = Predictions({})
    for path in paths:
        key = image_key(f'{path.parent.name}/{path.name}', folders)
        if key in predictions.boxes:
            predictions.doubled.append(key)
            continue
        predictions.boxes[key] = _read_boxes(path)
    return predictions


def _what_is_there(folder: Path) -> str:
    """Instead of EVENT/NAME.txt."""
    wanted = 'wanted is a folder with EVENT/NAME.txt in it'
    if folder.is_file():
        return f'a file; {wanted}'
    if not folder.is_dir():
        return 'no such folder'
    if here := visible_files(folder, '*.txt'):
        return (
            f'its {len(here):,} .txt files, {here[0].name} the first, are in no folder; '
            f'{wanted}: the one above, {folder.absolute().parent}, if {folder.name} is '
            'an event'
        )
    for deep in ('*/*/*.txt', '*/*/*/*.txt'):
        if below := visible_files(folder, deep):
            return (
                f'its .txt files are further down, {below[0].relative_to(folder)} the '
                f'first; {wanted}: {below[0].parents[1]}'
            )
    return f'no EVENT/NAME.txt below it; {wanted}'


def _read_boxes(path: Path) -> np.ndarray:
    lines = read_text(path).split('\n', 2)
    if not ''.join(lines).strip():
        return np.zeros((0, 5))
    number = lines[1].strip() if len(lines) > 1 else ''
    if not (number.isascii() and number.isdigit()):
        raise ValueError(f'{path}:2: expected the number of boxes, got {number!r}')
    words = lines[2].split() if len(lines) > 2 else []
    values = finite_numbers(words)
    if values is None:
        bad = next(word for word in words if finite_numbers([word]) is None)
        at = next(n for n, line in enumerate(lines[2].split('\n'), 3) if bad in line)
        raise ValueError(f'{path}:{at}: {bad[:80]!r} is no finite number')
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
    key = image_key(image, 1)
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
