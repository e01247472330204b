"""WIDER FACE's protocol: average precision on the easy, medium and hard subsets.

What the official Matlab tool (eval_tools.zip of the data set's home page) computes, to
the last decimal: overlaps with +1 on widths and heights, scores mapped to [0, 1] over
the whole set, 1000 thresholds, faces outside the subset ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .average_precision import average_precision

SUBSETS = ('easy', 'medium', 'hard')
NUM_THRESHOLDS = 1000
HEIGHTS = (0, 16, 32, 64, 128, 256, np.inf)


@dataclass
class GroundTruth:
    """The official ground truth, or faces of one's own.

    Attributes:
        boxes: For each image 'EVENT/NAME' (no ending), all its faces (n, 4) as
            (x, y, w, h) in pixels.
        counting: For each subset and image, which faces count: (k,) indices from 0; the
            rest are ignored.
        name: What it is.
        folders: How many folders stand before an image's name: 1, or 0 where faces of
            one's own lie in no folders.
    """

    boxes: dict[str, np.ndarray]
    counting: dict[str, dict[str, np.ndarray]]
    name: str = 'WIDER FACE'
    folders: int = 1

    def only(self, images: list[str]) -> 'GroundTruth':
        """The ground truth of these images alone.

        Raises:
            ValueError: An image is not in the ground truth.
        """
        unknown = [image for image in images if image not in self.boxes]
        if unknown:
            raise ValueError(
                f'{len(unknown)} images are not in the ground truth, '
                f'{unknown[0]!r} the first'
            )
        return GroundTruth(
            {image: self.boxes[image] for image in images},
            {
                subset: {image: counting[image] for image in images}
                for subset, counting in self.counting.items()
            },
            self.name,
            self.folders,
        )


@dataclass
class SubsetResult:
    """One subset's figures; the curves have a point a threshold, the highest first."""

    ap: float
    recall: np.ndarray
    precision: np.ndarray
    num_faces: int


def height_bands() -> dict[str, tuple[float, float]]:
    """'16-32 px' -> (16, 32), and so on, the last without an end."""
    return {
        f'{low}-{high if np.isfinite(high) else ""} px': (low, high)
        for low, high in pairwise(HEIGHTS)
    }


def wider_face_ap(
    ground_truth: GroundTruth,
    predictions: Mapping[str, np.ndarray],
    iou_thr: float = 0.5,
) -> dict[str, SubsetResult]:
    """Evaluate detections by the official protocol.

    Args:
        ground_truth: Whose images make the set; detections of others are left out, and
            an image without detections still counts its faces.
        predictions: For each image 'EVENT/NAME', (n, 5) rows (x, y, w, h, score) in any
            order, pixels.
        iou_thr: Overlap from which a detection finds a face.

    Returns:
        A result for each of the ground truth's subsets.

    Raises:
        ValueError: A detection is not a finite number; names the image.
    """
    dets = {
        image: _by_falling_score(image, predictions[image])
        for image in ground_truth.boxes
        if image in predictions and len(predictions[image])
    }
    found = [image for image in dets if len(ground_truth.boxes[image])]
    all_scores = [det[:, 4] for det in dets.values()]
    low = min((scores[-1] for scores in all_scores), default=0.0)
    high = max((scores[0] for scores in all_scores), default=1.0)
    scores = np.concatenate([np.zeros(0), *(dets[image][:, 4] for image in found)])
    # all equal: any one value will do, as the protocol's would be 0 / 0
    scores = (scores - low) / (high - low) if high > low else np.ones_like(scores)

    matches = [_match(dets[i][:, :4], ground_truth.boxes[i], iou_thr) for i in found]
    results = {}
    for subset, counting in ground_truth.counting.items():
        proposal, recalled = [np.zeros(0, bool)], [np.zeros(0, bool)]
        for image, (face, hit) in zip(found, matches, strict=True):
            counts = np.zeros(len(ground_truth.boxes[image]), bool)
            counts[counting[image]] = True
            proposal.append(~hit | counts[face])
            recalled.append(_first_on_each_face(face, hit & counts[face]))
        num_faces = sum(len(counting[image]) for image in ground_truth.boxes)
        results[subset] = _curve(
            scores, np.concatenate(proposal), np.concatenate(recalled), num_faces
        )
    return results


def _by_falling_score(image: str, det: np.ndarray) -> np.ndarray:
    det = np.asarray(det, np.float64)
    if not np.isfinite(det).all():
        raise ValueError(f'{image}: a detection is not a finite number')
    if (np.diff(det[:, 4]) <= 0).all():
        return det
    return det[np.argsort(-det[:, 4], kind='stable')]


def _match(det: np.ndarray, face: np.ndarray, iou_thr: float) -> tuple:
    """The face that each detection overlaps most, and whether by enough.

    Args:
        det: (n, 4), face: (k, 4), both (x, y, w, h), k > 0.

    Returns:
        (n,) indices of faces and (n,) bool.
    """
    det_end, face_end = det[:, :2] + det[:, 2:], face[:, :2] + face[:, 2:]
    size = (
        np.minimum(det_end[:, None], face_end)
        - np.maximum(det[:, None, :2], face[:, :2])
        + 1
    )  # (n, k, 2)
    inter = size[..., 0] * size[..., 1]
    inter[(size <= 0).any(-1)] = 0
    # from corner to corner, as the official tool: x + w - x is not always w, and real
    # overlaps of exactly 0.5 are common enough to show in the seventh decimal of the AP
    det_area = (det_end - det[:, :2] + 1).prod(1)
    face_area = (face_end - face[:, :2] + 1).prod(1)
    with np.errstate(divide='ignore', invalid='ignore'):  # by sizes below 0 alone
        iou = inter / (det_area[:, None] + face_area - inter)
    best = iou.argmax(1)
    return best, np.take_along_axis(iou, best[:, None], 1)[:, 0] >= iou_thr


def _first_on_each_face(face: np.ndarray, hit: np.ndarray) -> np.ndarray:
    """Of the hits (detections by falling score), the first on each face."""
    first = np.zeros(len(face), bool)
    places = np.flatnonzero(hit)
    _, index = np.unique(face[places], return_index=True)
    first[places[index]] = True
    return first


def _curve(
    scores: np.ndarray, proposal: np.ndarray, recalled: np.ndarray, num_faces: int
) -> SubsetResult:
    thresholds = 1 - np.arange(1, NUM_THRESHOLDS + 1) / NUM_THRESHOLDS
    order = np.argsort(-scores, kind='stable')
    down_to = np.searchsorted(-scores[order], -thresholds, side='right')
    proposals = np.concatenate([[0], np.cumsum(proposal[order])])[down_to]
    recalls = np.concatenate([[0], np.cumsum(recalled[order])])[down_to]
    precision = recalls / np.maximum(proposals, 1)
    recall = recalls / max(num_faces, 1)
    return SubsetResult(
        average_precision(recall, precision), recall, precision, num_faces
    )
