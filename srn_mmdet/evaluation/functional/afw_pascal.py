"""AP on AFW and PASCAL Face, by the protocol of Mathias et al. (ECCV 2014).

"Face detection without bells and whistles" compares detectors whose boxes follow
different habits (with or without chin and hair), so all of a detector's boxes are moved
and scaled by what its true positives are off on average, before the AP is taken.
"""

from dataclasses import dataclass

import numpy as np

from .average_precision import average_precision


@dataclass
class FaceAnnotations:
    """Faces of each image.

    Attributes:
        boxes: Image's name without ending -> (n, 4) x1, y1, x2, y2 in pixels.
        ignored: Image's name -> (n,) bool: neither missed nor wrong.
    """

    boxes: dict[str, np.ndarray]
    ignored: dict[str, np.ndarray]


@dataclass
class DetectionList:
    """Detections of a whole data set, in a file's order.

    Attributes:
        images: n names without ending.
        boxes: (n, 4) x1, y1, x2, y2 in pixels.
        scores: (n,).
    """

    images: list[str]
    boxes: np.ndarray
    scores: np.ndarray


@dataclass
class CurveResult:
    """A precision-recall curve: (n,) arrays, by falling score, and the area under it."""

    ap: float
    recall: np.ndarray
    precision: np.ndarray
    scores: np.ndarray


def afw_pascal_ap(
    truth: FaceAnnotations,
    detections: DetectionList,
    min_side: float = 30,
    iou_thr: float = 0.5,
    num_passes: int = 5,
) -> CurveResult:
    """Average precision after the detector's habit has been taken out.

    Faces under ``min_side`` px in width or height are ignored too; detections neither
    of whose sides is over int(sqrt(min_side^2 / 2)) px are dropped. In each pass,
    detections by falling score take the face of their image that they overlap most (+1
    on both sides; of equals the later), if that is more than ``iou_thr``; an ignored
    face takes them out, a taken one makes them false. Then all boxes are moved and
    scaled by the true positives' mean offset and ratio. The last pass counts.

    A detection on an image that the annotations do not have is a false positive.

    Raises:
        ValueError: A detection is not a finite number; names the image.

    Source: the protocol's own code, marcopede/face-eval; checked to 1e-3 points.
    """
    finite = np.isfinite(detections.scores) & np.isfinite(detections.boxes).all(1)
    if not finite.all():
        image = detections.images[finite.argmin()]
        raise ValueError(f'{image}: a detection is not a finite number')
    min_pixels = int(np.sqrt(0.5 * min_side * min_side))
    sides = detections.boxes[:, 2:] - detections.boxes[:, :2]
    index = np.flatnonzero((sides > min_pixels).any(1))
    index = index[np.argsort(-detections.scores[index], kind='stable')]
    boxes, scores = detections.boxes[index], detections.scores[index]

    names = list(truth.boxes)
    counts = np.array([len(truth.boxes[name]) for name in names], int)
    faces = np.concatenate([np.zeros((0, 4)), *truth.boxes.values()])
    ignored = np.concatenate([np.zeros(0, bool), *(truth.ignored[n] for n in names)])
    ignored = ignored | (np.abs(faces[:, 2:] - faces[:, :2]) < min_side).any(1)
    pairs = _pairs([detections.images[i] for i in index], names, counts)
    for i in range(num_passes):
        true, false, face = _match(boxes, faces, ignored, pairs, iou_thr)
        if i < num_passes - 1 and true.any():
            boxes = _take_out_habit(boxes, boxes[true], faces[face[true]])
    counted = true | false
    recalled = np.cumsum(true[counted])
    recall = recalled / max((~ignored).sum(), 1)
    precision = recalled / np.arange(1, counted.sum() + 1)
    ap = average_precision(recall, precision)
    return CurveResult(ap, recall, precision, scores[counted])


def _pairs(
    images: list[str], names: list[str], counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Every detection with every face of its image, as two index arrays."""
    first = np.concatenate([[0], np.cumsum(counts)])
    where = {name: i for i, name in enumerate(names)}
    image = np.array([where.get(name, -1) for name in images], int)
    per_detection = np.where(image < 0, 0, counts[image]) if len(counts) else image * 0
    detection = np.repeat(np.arange(len(images)), per_detection)
    begin = np.cumsum(per_detection) - per_detection
    nth = np.arange(len(detection)) - begin[detection]
    return detection, first[image[detection]] + nth


def _match(boxes, faces, ignored, pairs, iou_thr):
    """True positives, false positives (n,) bool, and the face of each detection."""
    detection, face = pairs
    overlap = _overlaps(boxes[detection], faces[face])
    best = np.zeros(len(boxes))
    np.maximum.at(best, detection, overlap)
    taken = np.zeros(len(boxes), int)
    largest = overlap == best[detection]
    taken[detection[largest]] = face[largest]  # of equals the last one written
    found = best > iou_thr
    counts = found.copy()
    counts[found] = ~ignored[taken[found]]
    ranks = np.flatnonzero(counts)
    true = np.zeros(len(boxes), bool)
    true[ranks[np.unique(taken[ranks], return_index=True)[1]]] = True
    return true, (counts & ~true) | ~found, taken


def _overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Overlap of rows (n, 4): zero unless they truly intersect, then with +1."""
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    inter = np.where((high > low).all(1), (high - low + 1).prod(1), 0.0)
    area_a, area_b = ((np.abs(x[:, 2:] - x[:, :2]) + 1).prod(1) for x in (a, b))
    return inter / (area_a + area_b - inter)


def _take_out_habit(boxes, found, faces):
    """Move and scale all boxes as the found ones are off from their faces on average."""
    sides, face_sides = found[:, 2:] - found[:, :2], faces[:, 2:] - faces[:, :2]
    middles = (faces[:, 2:] + faces[:, :2]) / 2 - (found[:, 2:] + found[:, :2]) / 2
    offset, ratio = (middles / sides).mean(0), (face_sides / sides).mean(0)
    sides = boxes[:, 2:] - boxes[:, :2]
    centre = (boxes[:, 2:] + boxes[:, :2]) / 2 + offset * sides
    half = sides / 2 * ratio
    return np.concatenate([centre - half, centre + half], 1)
