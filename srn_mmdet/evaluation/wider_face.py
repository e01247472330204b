"""WIDER FACE's result."""

from collections.abc import Collection, Mapping

import numpy as np

from .functional import GroundTruth, SubsetResult, wider_face_ap
from .functional.known_images import count_missing_and_unknown
from .functional.score_cut import check_score_cut
from .plot import wider_face_panels
from .result import BenchmarkResult


def wider_face_result(
    truth: GroundTruth,
    predictions: Mapping[str, np.ndarray],
    name: str = '',
    is_subset: bool = False,
    doubled: int = 0,
    published: Mapping[str, Mapping[str, SubsetResult]] | None = None,
) -> BenchmarkResult:
    """Evaluate by the official protocol.

    Args:
        truth, predictions: As :func:`wider_face_ap` takes them.
        name: The detector's, in the plot.
        is_subset: The ground truth is not of all its images.
        doubled: How many images had more than one file.
        published: Others' name -> subset -> result.

    Returns:
        Figures are the AP of each subset.

    Raises:
        ValueError: A detection is not a finite number; names the image.
    """
    results = wider_face_ap(truth, predictions)
    most = max(results.values(), key=lambda result: result.num_faces)
    scores = [rows[:, 4] for rows in predictions.values()]
    scores = np.concatenate([np.zeros(0), *scores])
    others = []
    for other, of in sorted((published or {}).items()):
        aps = ', '.join(f'{subset} {result.ap:.4f}' for subset, result in of.items())
        others.append(f'{other}, published: {aps}')
    return BenchmarkResult(
        {subset: result.ap for subset, result in results.items()},
        describe_coverage(truth.boxes, predictions, is_subset, doubled, truth.name),
        check_score_cut(scores, most.recall, most.precision),
        wider_face_panels({name: results}, published),
        others=others,
    )


def describe_coverage(
    images: Collection[str],
    predictions: Collection[str],
    is_subset: bool,
    doubled: int = 0,
    name: str = 'WIDER FACE',
) -> str:
    """Say on which images, and what is missing, doubled or unknown."""
    missing, unknown = count_missing_and_unknown(predictions, images)
    scope = 'subset of' if is_subset else 'all'
    text = f'{name}, {scope} {len(images)} images'
    if missing:
        text += f'; {missing} have no detections file or result and count as empty'
    if doubled:
        text += f'; {doubled} doubled, one of each left out'
    if unknown:
        text += f'; {unknown} not among them, left out'
    return text
