"""The result on AFW or PASCAL Face."""

from collections.abc import Mapping

import numpy as np

from .functional import CurveResult, DetectionList, FaceAnnotations, afw_pascal_ap
from .functional.score_cut import check_score_cut
from .plot import Curve, Panel
from .result import BenchmarkResult


def afw_pascal_result(
    truth: FaceAnnotations,
    detections: DetectionList,
    title: str = '',
    name: str = '',
    others: Mapping[str, DetectionList] | None = None,
) -> BenchmarkResult:
    """Evaluate by the protocol of Mathias et al.

    Args:
        truth, detections: As :func:`afw_pascal_ap` takes them.
        title: The benchmark's name.
        name: The detector's, in the plot.
        others: Other detectors' name -> detections, to evaluate beside it.

    Returns:
        The figure is ``ap``.

    Raises:
        ValueError: As :func:`afw_pascal_ap`.
    """
    result = afw_pascal_ap(truth, detections)
    faces = sum(len(boxes) for boxes in truth.boxes.values())
    summary = f'{title}, {len(truth.boxes)} images, {faces:,} faces'
    seen = set(detections.images)
    if missing := sum(image not in seen for image in truth.boxes):
        summary += f'; {missing} images are not in the predictions, as empty'
    rows = np.concatenate([detections.scores[:, None], detections.boxes], 1)
    listed = len(set(zip(detections.images, map(tuple, rows.tolist()), strict=True)))
    if listed < len(rows):
        summary += f'; {len(rows) - listed} detections are listed twice'
    if unknown := sum(image not in truth.boxes for image in detections.images):
        summary += f'; {unknown} detections on unknown images count as false positives'
    beside = {other: afw_pascal_ap(truth, of) for other, of in (others or {}).items()}
    ranked = sorted(beside.items(), key=lambda other: -other[1].ap)
    panel = Panel(title, [_curve(name, result)], [_curve(*other) for other in ranked])
    return BenchmarkResult(
        dict(ap=result.ap),
        summary,
        check_score_cut(result.scores, result.recall, result.precision),
        [panel],
        others=[f'{other}: {of.ap:.6f}' for other, of in beside.items()],
    )


def _curve(name: str, result: CurveResult) -> Curve:
    return Curve(name, result.recall, result.precision, f'{result.ap:.4f}')
