"""Evaluating any detector's files, without mmdet's runner."""

import json
from pathlib import Path

import numpy as np

from ..evaluation.functional import (
    ROC,
    DetectionList,
    afw_pascal_ap,
    fddb_roc,
    read_detection_list,
    read_face_annotations,
    read_fddb_detections,
    read_folds,
    read_ground_truth,
    read_image_sizes,
    read_predictions,
    wider_face_ap,
    write_roc,
)
from ..evaluation.functional.fddb_files import measure_images, read_rocs
from ..evaluation.functional.known_images import require_known_images
from ..evaluation.functional.readings import check_reading
from ..evaluation.functional.score_cut import check_score_cut
from ..evaluation.functional.wider_face_curves import read_published_curves
from ..evaluation.functional.wider_face_files import describe_coverage, read_image_list
from ..files.image_names import visible_files
from ..visualization import plot_curves, plot_pr_curves
from ..written_aside import write_file

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
    text = describe_coverage(
        truth.boxes,
        tree.boxes,
        image_list is not None,
        len(tree.doubled),
        truth.name,
    )
    results = wider_face_ap(truth, tree.boxes)
    most = max(results.values(), key=lambda result: result.num_faces)
    text += _warnings(
        check_reading('x y w h score', tree.boxes, 'x y w h', truth.boxes),
        check_score_cut(
            np.concatenate([np.zeros(0), *(of[:, 4] for of in tree.boxes.values())]),
            most.recall,
            most.precision,
        ),
    )
    figures = {subset: result.ap for subset, result in results.items()}
    _write_json(json_file, figures)
    published = read_published_curves(curves) if curves else {}
    for name, of in sorted(published.items()):
        aps = ', '.join(f'{subset} {result.ap:.4f}' for subset, result in of.items())
        text += f'\n{name}, published: {aps}'
    if plot is not None:
        plot_pr_curves({Path(predictions).name: results}, plot, published)
    return text, figures


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
    roc = fddb_roc(faces, found.boxes, sizes)
    figures = {
        f'{kind}_tpr_at_{wrong}': roc.tpr_at(wrong, kind)
        for kind in ('discrete', 'continuous')
        for wrong in (1000, 2000)
    }
    number = sum(len(of_image) for of_image in faces.values())
    text = f'FDDB, {len(faces)} images, {number:,} faces, official ellipses'
    text += _coverage(faces, found.boxes, len(found.doubled))
    if len(roc.scores) and roc.false_positives[-1] < 1000:
        text += f'; {int(roc.false_positives[-1])} false positives in all'
    rows = {image: of for image, of in found.boxes.items() if len(of)}
    is_ellipse = any(of.shape[1] == 6 for of in rows.values())
    text += _warnings(
        check_reading(
            f'{_ELLIPSE} score' if is_ellipse else 'x y w h score',
            rows,
            _ELLIPSE,
            faces,
            sizes,
        ),
        _check_fddb_cut(roc, number),
    )
    published = read_rocs(curves) if curves else {}
    for kind, of in published.items():
        for name, (rates, wrong) in of.items():
            rate = rates[wrong <= 1000].max(initial=0.0)
            text += f'\n{name}, published: {kind} {rate:.4f} at 1,000'
    _write_json(json_file, figures)
    if roc_prefix is not None:
        write_roc(roc_prefix, roc)
    if plot is not None:
        panels = {}
        for kind in ('discrete', 'continuous'):
            label = f'{Path(predictions).stem}  {roc.tpr_at(1000, kind):.3f}'
            panels[kind] = [(label, roc.false_positives, getattr(roc, kind))]
            panels[kind] += [
                (name, wrong, rates)
                for name, (rates, wrong) in published.get(kind, {}).items()
            ]
        plot_curves(
            panels,
            plot,
            axes=('false positives', 'true positive rate'),
            legend='at 1,000 false positives',
            right=2000,
        )
    return text, figures


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
    result = afw_pascal_ap(truth, found)
    figures = dict(ap=result.ap)
    faces = sum(len(boxes) for boxes in truth.boxes.values())
    text = f'{Path(ground_truth).name}, {len(truth.boxes)} images, {faces:,} faces'
    rows = set(zip(found.images, found.scores, map(tuple, found.boxes), strict=True))
    unknown = sum(image not in truth.boxes for image in found.images)
    text += _coverage(truth.boxes, set(found.images), 0, count_unknown=False)
    if len(rows) < len(found.images):
        text += f'; {len(found.images) - len(rows)} detections are listed twice'
    if unknown:
        text += f'; {unknown} detections on unknown images count as false positives'
    text += _warnings(
        check_reading(
            'score x1 y1 x2 y2', _by_image(found), 'x1 y1 x2 y2', truth.boxes
        ),
        check_score_cut(result.scores, result.recall, result.precision),
    )
    _write_json(json_file, figures)
    results = {Path(predictions).stem: result}
    for path in visible_files(curves, '*.txt') if curves else ():
        if path.resolve() != Path(predictions).resolve():
            results[path.stem] = afw_pascal_ap(truth, read_detection_list(path))
            text += f'\n{path.stem}: {results[path.stem].ap:.6f}'
    if curves and len(results) == 1:
        raise FileNotFoundError(f"{curves}: no other detector's .txt in it")
    if plot is not None:
        of_detectors = [
            (f'{name}  {of.ap:.4f}', of.recall, of.precision)
            for name, of in results.items()
        ]
        plot_curves(
            {Path(ground_truth).stem: of_detectors},
            plot,
            axes=('recall', 'precision'),
            legend='AP',
            right=1,
        )
    return text, figures


def _coverage(images, predictions, doubled: int, count_unknown: bool = True) -> str:
    missing = sum(image not in predictions for image in images)
    unknown = sum(image not in images for image in predictions)
    text = f'; {missing} images are not in the predictions, as empty' if missing else ''
    if doubled:
        text += f'; {doubled} images doubled, the first of each counts'
    if unknown and count_unknown:
        text += f'; {unknown} unknown images left out'
    return text


def _check_fddb_cut(roc: ROC, num_faces: int) -> list[str]:
    """Where the curve ends before the 1,000 false positives that are told."""
    wrong = roc.false_positives
    if not len(wrong) or wrong[-1] >= 1000:
        return []
    found = roc.discrete * num_faces
    return check_score_cut(
        roc.scores, roc.discrete, found / np.maximum(found + wrong, 1)
    )


def _by_image(found: DetectionList) -> dict[str, np.ndarray]:
    """Rows score, x1, y1, x2, y2 of each image."""
    rows = np.concatenate([found.scores[:, None], found.boxes], 1)
    of_image = {}
    for image, row in zip(found.images, rows, strict=True):
        of_image.setdefault(image, []).append(row)
    return {image: np.array(rows) for image, rows in of_image.items()}


def _warnings(*doubts: list[str]) -> str:
    return ''.join(f'\nwarning: {text}' for of in doubts for text in of)


def _write_json(path: str | None, figures: dict[str, float]) -> None:
    if path is not None:
        write_file(path, json.dumps(figures, indent=2) + '\n')
