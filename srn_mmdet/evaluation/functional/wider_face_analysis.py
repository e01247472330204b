"""What a detector finds and misses on WIDER FACE, by the official attributes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .wider_face import (
    GroundTruth,
    SubsetResult,
    _match,
    height_bands,
    wider_face_ap,
)

IOU_THRS = (0.5, 0.6, 0.7, 0.8, 0.9)
PRECISIONS = (0.99, 0.95, 0.9, 0.8)
ATTRIBUTES = {
    'blur': ('clear', 'normal', 'heavy'),
    'occlusion': ('none', 'partial', 'heavy'),
    'pose': ('typical', 'atypical'),
    'illumination': ('normal', 'extreme'),
}
KINDS = ('true', 'duplicate', 'poor box', 'background', 'ignored')


def ap_by_iou(
    truth: GroundTruth, predictions: Mapping[str, np.ndarray]
) -> dict[float, dict[str, float]]:
    """AP of each subset when a hit wants an IoU of .5, .6, ... .9 (SRN paper, STR)."""
    return {
        iou_thr: {
            subset: result.ap
            for subset, result in wider_face_ap(truth, predictions, iou_thr).items()
        }
        for iou_thr in IOU_THRS
    }


def recall_at_precision(result: SubsetResult, precision: float) -> float:
    """The largest recall at which the precision is at least this; 0 where it never is."""
    good = (result.precision >= precision) & (result.recall > 0)
    return float(result.recall[good].max(initial=0.0))


def false_positives_at_recall(result: SubsetResult, recall: float) -> int | None:
    """False positives where this recall is first reached; None where it never is."""
    reached = np.flatnonzero(result.recall >= recall)
    if not len(reached):
        return None
    at = reached[0]
    hits = result.recall[at] * result.num_faces
    return round(hits / result.precision[at] - hits)


def group_faces(
    truth: GroundTruth, attributes: dict[str, dict[str, np.ndarray]]
) -> GroundTruth:
    """Ground truth whose subsets are groups of the hard subset's faces.

    Groups are 'height: 16-32 px' and the values of each attribute; within each, all
    other faces are ignored.
    """
    counting = {}
    hard = truth.counting['hard']
    for name, (low, high) in height_bands().items():
        counting[f'height: {name}'] = {
            image: hard[image][_between(boxes[hard[image], 3], low, high)]
            for image, boxes in truth.boxes.items()
        }
    for attribute in attributes:
        for value, name in enumerate(ATTRIBUTES[attribute]):
            counting[f'{attribute}: {name}'] = {
                image: hard[image][attributes[attribute][image][hard[image]] == value]
                for image in truth.boxes
            }
    return GroundTruth(truth.boxes, counting)


def _between(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return (values >= low) & (values < high)


@dataclass
class ImageErrors:
    """Of one image, at a score threshold.

    Attributes:
        detections: (n, 5) x, y, w, h, score, best first.
        kinds: (n,) indices into KINDS.
        missed: (m, 4) counting faces that none found.
    """

    detections: np.ndarray
    kinds: np.ndarray
    missed: np.ndarray


def split_errors(
    truth: GroundTruth,
    predictions: Mapping[str, np.ndarray],
    score_thr: float,
    subset: str = 'hard',
    iou_thr: float = 0.5,
    background_iou: float = 0.1,
) -> dict[str, ImageErrors]:
    """Say of each detection what it is, and of each face whether it was missed.

    A detection that overlaps its face by ``iou_thr`` is true, a duplicate, or ignored
    (the face does not count); one that overlaps it by ``background_iou`` is a poor box;
    the rest is background.
    """
    errors = {}
    for image, faces in truth.boxes.items():
        found = np.asarray(predictions.get(image, np.zeros((0, 5))), np.float64)
        found = found[found[:, 4] >= score_thr]
        found = found[np.argsort(-found[:, 4], kind='stable')]
        counts = np.zeros(len(faces), bool)
        counts[truth.counting[subset][image]] = True
        taken = np.zeros(len(faces), bool)
        kinds = np.full(len(found), KINDS.index('background'))
        if len(found) and len(faces):
            face, hit = _match(found[:, :4], faces, iou_thr)
            _, near = _match(found[:, :4], faces, background_iou)
            kinds[near] = KINDS.index('poor box')
            for i in np.flatnonzero(hit):
                if not counts[face[i]]:
                    kinds[i] = KINDS.index('ignored')
                else:
                    kinds[i] = KINDS.index('duplicate' if taken[face[i]] else 'true')
                    taken[face[i]] = True
        errors[image] = ImageErrors(found, kinds, faces[counts & ~taken])
    return errors


def errors_by_height(errors: Mapping[str, ImageErrors]) -> dict[str, dict[str, int]]:
    """How many detections of each kind there are, by their own height.

    Returns:
        '16-32 px' -> each of KINDS, and 'missed' by the face's height -> number.
    """
    found = [of.detections[:, 3] for of in errors.values()]
    kinds = [of.kinds for of in errors.values()]
    missed = [of.missed[:, 3] for of in errors.values()]
    found, kinds, missed = map(np.concatenate, (found, kinds, missed))
    return {
        name: {
            kind: int((_between(found, *band) & (kinds == i)).sum())
            for i, kind in enumerate(KINDS)
        }
        | {'missed': int(_between(missed, *band).sum())}
        for name, band in height_bands().items()
    }


def best_threshold(
    truth: GroundTruth, predictions: Mapping[str, np.ndarray], subset: str = 'hard'
) -> float:
    """The score at which 2 PR / (P + R) is largest."""
    result = wider_face_ap(truth, predictions)[subset]
    scores = [np.asarray(p)[:, 4] for i, p in predictions.items() if i in truth.boxes]
    scores = np.concatenate([np.zeros(0), *scores])
    if not len(scores):
        return 0.0
    harmonic = 2 * result.precision * result.recall
    harmonic = harmonic / np.maximum(result.precision + result.recall, 1e-12)
    number = len(harmonic)
    mapped = 1 - (harmonic.argmax() + 1) / number
    return float(scores.min() + mapped * (scores.max() - scores.min()))
