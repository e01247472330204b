"""Files of AFW and PASCAL Face: annotations in .mat, detections in one txt."""

from pathlib import Path

import numpy as np

from ...files.image_names import image_key
from ...files.text_file import finite_numbers, read_text
from ...written_aside import write_file
from .afw_pascal import DetectionList, FaceAnnotations


def read_face_annotations(path: str | Path) -> FaceAnnotations:
    """Read the newer or the older annotations of AFW or PASCAL Face.

    ``new_annotations_AFW.mat`` and ``Annotations_Face_PASCALLayout_large_fixed.mat``
    (x1, y1, x2, y2, 0, ignore), ``Annotations_Face_PASCALLayout_large.mat`` (x1, y1, x2,
    y2) and AFW's own ``anno2.mat`` (corners), which flag nothing as ignored.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is none of the four; names it.
    """
    from scipy.io import loadmat

    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'{path}: no such file. The annotations of AFW and PASCAL Face come with the '
            'evaluation code of "Face detection without bells and whistles"'
        )
    try:
        content = loadmat(path)
    except Exception as error:  # loadmat raises what its many parsers raise
        raise ValueError(f'{path}: no .mat file that can be read ({error})') from None
    rows = {}
    if 'Annotations' in content:
        for image in content['Annotations'].ravel():
            faces = np.asarray(image['objects'], np.float64)
            faces = faces.reshape(len(faces), -1) if faces.size else np.zeros((0, 6))
            _add(rows, path, image['imgname'].ravel()[0], faces)
    elif 'anno' in content:
        for name, faces in content['anno'][:, :2]:
            corners = [np.asarray(face, np.float64).ravel() for face in faces.ravel()]
            _add(rows, path, name.ravel()[0], np.array(corners).reshape(-1, 4))
    else:
        found = ', '.join(key for key in content if not key.startswith('__'))
        raise ValueError(
            f'{path}: has neither Annotations nor anno, but {found or "nothing"}'
        )
    ignored = {
        name: faces[:, 5] != 0 if faces.shape[1] > 5 else np.zeros(len(faces), bool)
        for name, faces in rows.items()
    }
    return FaceAnnotations({n: faces[:, :4] for n, faces in rows.items()}, ignored)


def _add(rows: dict, path: Path, name: str, faces: np.ndarray) -> None:
    key = image_key(name)
    if key in rows:
        raise ValueError(
            f'{path}: two images are named {key} but for folder and ending'
        )
    rows[key] = faces


def read_detection_list(path: str | Path) -> DetectionList:
    """Read ``image score x1 y1 x2 y2`` a line; any order, blanks and line ends.

    What stands before the last five numbers is the image's name, which may have blanks;
    one whose last word is a number has its ending, as a column too many looks the same.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A line breaks the format or has no finite number; names it.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such file')
    images, rows = [], []
    for number, line in enumerate(read_text(path).split('\n'), 1):
        if not line.strip():
            continue
        name, *words = line.rsplit(None, 5)
        values = finite_numbers(words)
        if values is None or len(values) != 5 or _ends_in_number(name):
            raise ValueError(
                f'{path}:{number}: expected "image score x1 y1 x2 y2", got '
                f'{line.strip()[:80]!r}'
            )
        rows.append([*values[1:], values[0]])
        images.append(image_key(name))
    rows = np.array(rows, np.float64).reshape(-1, 5)
    return DetectionList(images, rows[:, :4], rows[:, 4])


def _ends_in_number(name: str) -> bool:
    return finite_numbers(name.split()[-1:]) is not None and ' ' in name.strip()


def _written(image: str) -> str:
    key = image_key(image)
    return f'{key}.jpg' if _ends_in_number(key) else key


def write_detection_list(
    path: str | Path, images: list[str], boxes: np.ndarray, scores: np.ndarray
) -> None:
    """Write ``image score x1 y1 x2 y2`` a line, images without folders and ending."""
    lines = [
        ' '.join([_written(image), *(f'{value:.9g}' for value in (score, *box))])
        for image, box, score in zip(images, boxes, scores, strict=True)
    ]
    write_file(path, ''.join(f'{line}\n' for line in lines))
