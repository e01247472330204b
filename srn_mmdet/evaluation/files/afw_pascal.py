"""Files of AFW and PASCAL Face: annotations in .mat, detections in one txt."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...files.image_names import image_key
from ...files.mat_file import mat_layout, read_mat, variable
from ...files.text_file import finite_numbers, read_text
from ...written_aside import write_file
from ..functional.afw_pascal import DetectionList, FaceAnnotations


def read_face_annotations(path: str | Path) -> FaceAnnotations:
    """Read the newer or the older annotations of AFW or PASCAL Face.

    ``new_annotations_AFW.mat`` and ``Annotations_Face_PASCALLayout_large_fixed.mat``
    (x1, y1, x2, y2, 0, ignore), ``Annotations_Face_PASCALLayout_large.mat`` (x1, y1, x2,
    y2) and AFW's own ``anno2.mat`` (corners), which flag nothing as ignored.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is none of the four; names it.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f'{path}: no such file. The annotations of AFW and PASCAL Face come with the '
            'evaluation code of "Face detection without bells and whistles"'
        )
    rows = {}
    with mat_layout(path):
        for name, faces in _images(read_mat(path)):
            key = image_key(name)
            if key in rows:
                raise ValueError(
                    f'two images are named {key} but for folder and ending'
                )
            if not np.isfinite(faces).all() or faces.shape[1] < 4:
                raise ValueError(f'{key} has faces that are no boxes')
            rows[key] = faces
    ignored = {
        name: faces[:, 5] != 0 if faces.shape[1] > 5 else np.zeros(len(faces), bool)
        for name, faces in rows.items()
    }
    return FaceAnnotations({n: faces[:, :4] for n, faces in rows.items()}, ignored)


def read_image_names(path: str | Path) -> list[str]:
    """The names of the images as the annotations have them.

    Raises:
        ValueError: As :func:`read_face_annotations`.
    """
    with mat_layout(path):
        return [name for name, _ in _images(read_mat(path))]


def _images(content: dict) -> Iterator[tuple[str, np.ndarray]]:
    """Each image's name and its faces (n, 4 or more): corners, and maybe flags."""
    found = variable(content, 'Annotations', 'anno')
    if 'Annotations' not in content:
        for name, faces in found[:, :2]:
            corners = [
                np.asarray(face, np.float64).reshape(4) for face in faces.ravel()
            ]
            yield str(name.ravel()[0]), np.array(corners).reshape(-1, 4)
        return
    for image in found.ravel():
        faces = np.asarray(image['objects'], np.float64)
        faces = faces.reshape(len(faces), -1) if faces.size else np.zeros((0, 6))
        yield str(image['imgname'].ravel()[0]), faces


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
        what = 'a folder; wanted is one file' if path.is_dir() else 'no such file'
        raise FileNotFoundError(f'{path}: {what}')
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
