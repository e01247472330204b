"""Evaluating any detector's files, without mmdet's runner."""

from pathlib import Path

import numpy as np

from ..evaluation.afw_pascal import afw_pascal_result
from ..evaluation.fddb import fddb_result
from ..evaluation.files import (
    read_detection_list,
    read_face_annotations,
    read_fddb_detections,
    read_folds,
    read_ground_truth,
    read_image_sizes,
    read_predictions,
    write_roc,
)
from ..evaluation.files.fddb import measure_images, read_rocs
from ..evaluation.files.wider_face import read_image_list
from ..evaluation.files.wider_face_curves import read_published_curves
from ..evaluation.functional.known_images import require_known_images
from ..evaluation.functional.readings import check_reading
from ..evaluation.wider_face import wider_face_result
from ..files.image_names import visible_files

_ELLIPSE = 'major minor angle cx cy'


def evaluate_wider_face(
    predictions: str,
    ground_truth: str,
    image_list: str | None = None,
    json_file: str | None = None,
    plot: str | None = None,
    curves: str | None = None,
) -> tuple[str, dict[str, float]]:
    """Evaluate a txt tree by WIDER FACE's official protocol.

    Args:
        predictions: Folder of ``EVENT/NAME.txt`` files (x y w h score).
        ground_truth: Folder of the official four ``.mat`` files; or a file of one's own
            faces as ``wider_face_val_bbx_gt.txt``, which is not the official protocol:
            all valid faces count, and each band of heights by itself.
        image_list: File with a subset of the images, ``EVENT/NAME.jpg`` a line.
        json_file: Write the figures here, in [0, 1]: easy, medium, hard (or all, ...).
        plot: Draw the precision-recall curves here.
        curves: Folder of published curves to draw beside them, and whose APs to tell;
            see read_published_curves.

    Returns:
        What was evaluated, and the AP of each subset.

    Raises:
        FileNotFoundError, ValueError: As the readers raise them.
    """
    truth = read_ground_truth(ground_truth)
    if image_list is not None:
        truth = truth.only(read_image_list(image_list, truth.folders))
    tree = read_predictions(predictions, truth.folders)
    require_known_images(predictions, tree.boxes, truth.boxes)
    result = wider_face_result(
        truth,
        tree.boxes,
        Path(predictions).name,
        image_list is not None,
        len(tree.doubled),
        read_published_curves(curves) if curves else None,
    )
    result.warnings += check_reading(
        'x y w h score', tree.boxes, 'x y w h', truth.boxes
    )
    result.write(json_file, plot)
    return result.text(), result.figures


def evaluate_fddb(
    predictions: str,
    ground_truth: str,
    image_sizes: str | None = None,
    images: str | None = None,
    json_file: str | None = None,
    plot: str | None = None,
    roc_prefix: str | None = None,
    curves: str | None = None,
) -> tuple[str, dict[str, float]]:
    """Evaluate rectangles or ellipses by FDDB's protocol.

    Args:
        predictions: One file or a folder of fold files; see read_fddb_detections.
        ground_truth: The folder FDDB-folds.
        image_sizes: csv with image, width, height, where the images are absent.
        images: The folder originalPics; default: beside the ground truth's folder.
        json_file: Write the figures here: true positive rates in [0, 1].
        plot: Draw the discrete and continuous ROC here.
        roc_prefix: Write ``PREFIXDiscROC.txt`` and ``PREFIXContROC.txt`` here.
        curves: Folder of others' ``*DiscROC.txt`` and ``*ContROC.txt`` to draw beside
            them, and whose rates to tell.

    Returns:
        What was evaluated, and {discrete,continuous}_tpr_at_{1000,2000}.

    Raises:
        FileNotFoundError, ValueError: As the readers raise them.
    """
    faces = read_folds(ground_truth)
    found = read_fddb_detections(predictions)
    require_known_images(predictions, found.boxes, faces)
    if image_sizes is not None:
        sizes = read_image_sizes(image_sizes)
    else:
        folder = images or Path(ground_truth).resolve().parent / 'originalPics'
        needed = [image for image in faces if len(found.boxes.get(image, ()))]
        sizes = measure_images(folder, needed)
    result, roc = fddb_result(
        faces,
        found.boxes,
        sizes,
        Path(predictions).stem,
        len(found.doubled),
        read_rocs(curves) if curves else None,
    )
    rows = {image: of for image, of in found.boxes.items() if len(of)}
    is_ellipse = any(of.shape[1] == 6 for of in rows.values())
    columns = f'{_ELLIPSE} score' if is_ellipse else 'x y w h score'
    result.warnings += check_reading(columns, rows, _ELLIPSE, faces, sizes)
    if roc_prefix is not None:
        write_roc(roc_prefix, roc)
    result.write(json_file, plot)
    return result.text(), result.figures


def evaluate_afw_pascal(
    predictions: str,
    ground_truth: str,
    json_file: str | None = None,
    plot: str | None = None,
    curves: str | None = None,
) -> tuple[str, dict[str, float]]:
    """Evaluate on AFW or PASCAL Face, by the protocol of Mathias et al.

    Args:
        predictions: ``image score x1 y1 x2 y2`` a line.
        ground_truth: The .mat with the annotations, newer or older.
        json_file: Write the figure here: ap in [0, 1].
        plot: Draw the precision-recall curve here.
        curves: Folder of others' detections (.txt, as above), to evaluate and draw too.

    Returns:
        What was evaluated, and the AP.

    Raises:
        FileNotFoundError, ValueError: As the readers raise them.
    """
    truth = read_face_annotations(ground_truth)
    found = read_detection_list(predictions)
    require_known_images(predictions, dict.fromkeys(found.images), truth.boxes)
    others = {
        path.stem: read_detection_list(path)
        for path in (visible_files(curves, '*.txt') if curves else ())
        if path.resolve() != Path(predictions).resolve()
    }
    if curves and not others:
        raise FileNotFoundError(f"{curves}: no other detector's .txt in it")
    names = Path(ground_truth).name, Path(predictions).stem
    result = afw_pascal_result(truth, found, *names, others)
    of_image = {}
    rows = np.concatenate([found.scores[:, None], found.boxes], 1)
    for image, row in zip(found.images, rows, strict=True):
        of_image.setdefault(image, []).append(row)
    of_image = {image: np.array(rows) for image, rows in of_image.items()}
    result.warnings += check_reading(
        'score x1 y1 x2 y2', of_image, 'x1 y1 x2 y2', truth.boxes
    )
    result.write(json_file, plot)
    return result.text(), result.figures
