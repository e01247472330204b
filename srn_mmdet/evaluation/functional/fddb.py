"""FDDB's discrete and continuous ROC (Jain and Learned-Miller, 2010)."""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

NUM_FACES = 5171  # of all ten folds


@dataclass
class ROC:
    """Both ROC curves, by falling threshold.

    Attributes:
        discrete: (n,) true positive rate: matches over 0.5 IoU.
        continuous: (n,) sum of the matches' IoU over the number of faces.
        false_positives: (n,) detections without a match over 0.5, over all images.
        scores: (n,) thresholds: every distinct score.
    """

    discrete: np.ndarray
    continuous: np.ndarray
    false_positives: np.ndarray
    scores: np.ndarray

    def tpr_at(self, false_positives: int, kind: str = 'discrete') -> float:
        """The largest rate with at most so many false positives, or 0."""
        within = getattr(self, kind)[self.false_positives <= false_positives]
        return float(within.max(initial=0.0))


def fddb_roc(
    ellipses: dict[str, np.ndarray],
    detections: dict[str, np.ndarray],
    sizes: dict[str, tuple[int, int]],
) -> ROC:
    """Evaluate detections as the official C++ tool does.

    Faces and detections are compared as pixel masks, drawn by OpenCV with the tool's
    rounding and clipped to the image. For each distinct score as a threshold, the
    detections of an image are matched one to one to its faces so that the summed IoU is
    largest.

    Args:
        ellipses: Image -> (n, 5) major radius, minor radius, angle (radians), centre x,
            centre y. Images without detections count their faces, too.
        detections: Image -> (m, 5) rectangles x, y, w, h, score, or (m, 6) ellipses as
            above and a score.
        sizes: Image -> (width, height).

    Raises:
        ValueError: The size of an image with detections is not known, or a detection is
            not a finite number; names the image.
    """
    num_faces = sum(len(faces) for faces in ellipses.values())
    changes = []
    for image, faces in ellipses.items():
        found = detections.get(image)
        if found is None or not len(found):
            continue
        if image not in sizes:
            raise ValueError(f'{image}: its width and height are not known')
        if not np.isfinite(found).all():
            raise ValueError(f'{image}: a detection is not a finite number')
        changes.append(_changes(mask_ious(faces, found, sizes[image]), found[:, -1]))
    if not changes:
        return ROC(*np.zeros((4, 0)))
    changes = np.concatenate(changes)
    changes = changes[np.argsort(-changes[:, 0], kind='stable')]
    totals = np.cumsum(changes[:, 1:], 0)
    last = np.append(np.diff(changes[:, 0]) != 0, True)  # of each distinct score
    discrete, continuous, number = totals[last].T
    return ROC(
        discrete / num_faces,
        continuous / num_faces,
        number - discrete,
        changes[last, 0],
    )


def to_ellipses(rectangles: np.ndarray) -> np.ndarray:
    """The upright ellipse that a rectangle x, y, w, h encloses.

    FDDB's faces are ellipses, so that a rectangle that fits one exactly has an IoU of
    pi / 4 with it. Published detectors regress ellipses; this takes the mere shape into
    account, with nothing learnt.

    Returns:
        (n, 5): major radius (vertical, or the larger), minor radius, angle, centre.
    """
    x, y, w, h = np.asarray(rectangles, np.float64)[:, :4].T
    upright = h >= w
    angle = np.where(upright, np.pi / 2, 0.0)
    radii = np.where(upright, h, w) / 2, np.where(upright, w, h) / 2
    return np.stack([*radii, angle, x + w / 2, y + h / 2], 1)


def _changes(ious: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """What an image adds to the three totals as the threshold falls.

    Returns:
        (n, 4) rows: threshold, discrete, continuous and number of detections.
    """
    zeros = np.zeros(len(scores))
    numbers = np.stack([scores, zeros, zeros, zeros + 1], 1)
    # most detections of a low score touch no face, and change no matching
    touching = (ious > 0).any(0)
    ious, scores = ious[:, touching], scores[touching]
    if not len(scores):
        return numbers
    if ((ious > 0).sum(0) <= 1).all() and ((ious > 0).sum(1) <= 1).all():
        best = ious.max(0)
        return np.concatenate([numbers, _rows(scores, best > 0.5, best)])
    thresholds = np.unique(scores)[::-1]
    matched = [_matched(ious[:, scores >= score]) for score in thresholds]
    discrete = np.diff([0, *((of > 0.5).sum() for of in matched)])
    continuous = np.diff([0.0, *(of.sum() for of in matched)])
    return np.concatenate([numbers, _rows(thresholds, discrete, continuous)])


def _matched(ious: np.ndarray) -> np.ndarray:
    return ious[linear_sum_assignment(ious, maximize=True)]


def _rows(scores, discrete, continuous) -> np.ndarray:
    return np.stack([scores, discrete, continuous, np.zeros(len(scores))], 1)


def mask_ious(
    faces: np.ndarray, detections: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """IoU of pixel masks.

    Args:
        faces: (n, 5) ellipses.
        detections: (m, 5) rectangles or (m, 6) ellipses, with scores.
        size: Width and height of the image.

    Returns:
        (n, m).
    """
    if detections.shape[1] == 5:
        return _ious_with_rectangles(faces, detections, size)
    masks = [_ellipse_mask(face, size) for face in faces]
    areas = [cv2.countNonZero(mask) if mask.size else 0 for mask, *_ in masks]
    ious = np.zeros((len(faces), len(detections)))
    near = _near(faces, detections)
    for j in np.flatnonzero(near.any(0)):
        other = _ellipse_mask(detections[j], size)
        area = cv2.countNonZero(other[0]) if other[0].size else 0
        for i in np.flatnonzero(near[:, j]):
            inter = _common(masks[i], other)
            union = areas[i] + area - inter
            ious[i, j] = inter / union if union else 0.0
    return ious


def _near(faces: np.ndarray, detections: np.ndarray) -> np.ndarray:
    """Which ellipses can share pixels at all, (n, m) bool."""
    reach = [_reach(rows) for rows in (faces, detections)]
    apart = np.abs(faces[:, None, 3:5] - detections[:, 3:5])
    return (apart <= reach[0][:, None] + reach[1]).all(2)


def _reach(ellipses: np.ndarray) -> np.ndarray:
    """How far ellipses extend from their centres along x and y, rounded up, (n, 2)."""
    major, minor, angle = ellipses[:, :3].T
    cos, sin = np.cos(angle), np.sin(angle)
    extents = np.hypot(major * cos, minor * sin), np.hypot(major * sin, minor * cos)
    # drawn at whole degrees: an angle off by half of one moves the end by 1 in 115
    return np.ceil(np.stack(extents, 1) + 0.01 * np.abs(major)[:, None]) + 2


def _ious_with_rectangles(faces, rectangles, size):
    width, height = size
    # both ends are drawn, in single precision, rounded to even at .5 as in the tool
    ends = rectangles[:, :2], rectangles[:, :2] + rectangles[:, 2:4]
    low, high = (np.rint(end.astype(np.float32)).astype(int) for end in ends)
    high = high + 1
    low, high = np.minimum(low, high - 1), np.maximum(low + 1, high)
    low = np.clip(low, 0, (width, height))
    high = np.clip(high, 0, (width, height))
    areas = (high - low).prod(1)
    ious = np.zeros((len(faces), len(rectangles)))
    for i, face in enumerate(faces):
        mask, x, y = _ellipse_mask(face, size)
        # summed area: a rectangle's share of the mask from four corners
        table = cv2.integral(mask)
        x1, y1, x2, y2 = np.clip(
            np.concatenate([low, high], 1) - (x, y, x, y), 0, mask.shape[::-1] * 2
        ).T
        inter = table[y2, x2] - table[y1, x2] - table[y2, x1] + table[y1, x1]
        union = table[-1, -1] + areas - inter
        np.divide(inter, union, out=ious[i], where=union > 0)
    return ious


def _ellipse_mask(
    ellipse: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, int, int]:
    """A filled ellipse as the official tool draws it.

    Returns:
        (uint8 mask of the ellipse's surroundings, clipped to the image; its left and top
        in the image).
    """
    major, minor, angle, x, y = ellipse[:5]
    radii = int(major), int(minor)
    centre = tuple(np.rint(np.float32([x, y])).astype(int).tolist())
    reach = max(radii) + 2
    left, top = max(centre[0] - reach, 0), max(centre[1] - reach, 0)
    right = min(centre[0] + reach + 1, size[0])
    bottom = min(centre[1] + reach + 1, size[1])
    mask = np.zeros((max(bottom - top, 0), max(right - left, 0)), np.uint8)
    if mask.size:
        centre = centre[0] - left, centre[1] - top
        cv2.ellipse(mask, centre, radii, np.degrees(angle), 0, 360, 1, -1)
    return mask, left, top


def _common(a, b) -> int:
    """Pixels in both of two masks that know where they lie."""
    (mask_a, xa, ya), (mask_b, xb, yb) = a, b
    left, top = max(xa, xb), max(ya, yb)
    right = min(xa + mask_a.shape[1], xb + mask_b.shape[1])
    bottom = min(ya + mask_a.shape[0], yb + mask_b.shape[0])
    if right <= left or bottom <= top:
        return 0
    part_a = mask_a[top - ya : bottom - ya, left - xa : right - xa]
    part_b = mask_b[top - yb : bottom - yb, left - xb : right - xb]
    return cv2.countNonZero(cv2.bitwise_and(part_a, part_b))
