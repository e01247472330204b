"""FDDB's result."""

from collections.abc import Mapping

import numpy as np

from .functional import ROC, fddb_roc
from .functional.known_images import count_missing_and_unknown
from .functional.score_cut import check_score_cut
from .plot import Axes, Curve, Panel
from .result import BenchmarkResult

_KINDS = ('discrete', 'continuous')
_WRONG = (1000, 2000)  # false positives at which the rates are told


def fddb_result(
    faces: Mapping[str, np.ndarray],
    detections: Mapping[str, np.ndarray],
    sizes: Mapping[str, tuple[int, int]],
    name: str = '',
    doubled: int = 0,
    published: Mapping[str, Mapping[str, tuple]] | None = None,
) -> tuple[BenchmarkResult, ROC]:
    """Evaluate by the official protocol.

    Args:
        faces, detections, sizes: As :func:`fddb_roc` takes them.
        name: The detector's, in the plot.
        doubled: How many images had more than one record.
        published: Kind -> others' name -> rates and false positives, as read_rocs.

    Returns:
        The result, whose figures are {discrete,continuous}_tpr_at_{1000,2000}, and the
        curves.

    Raises:
        ValueError: As :func:`fddb_roc`.
    """
    roc = fddb_roc(faces, detections, sizes)
    number = sum(len(of_image) for of_image in faces.values())
    summary = f'FDDB, {len(faces)} images, {number:,} faces, official ellipses'
    missing, unknown = count_missing_and_unknown(detections, faces)
    if missing:
        summary += f'; {missing} images are not in the predictions, as empty'
    if doubled:
        summary += f'; {doubled} images doubled, the first of each counts'
    if unknown:
        summary += f'; {unknown} unknown images left out'
    ends_early = len(roc.scores) and roc.false_positives[-1] < _WRONG[0]
    if ends_early:
        summary += f'; {int(roc.false_positives[-1])} false positives in all'
    warnings = []
    if ends_early:
        found = roc.discrete * number
        precision = found / np.maximum(found + roc.false_positives, 1)
        warnings = check_score_cut(roc.scores, roc.discrete, precision)
    panels, others = [], []
    for kind in _KINDS:
        rate = roc.tpr_at(_WRONG[0], kind)
        own = Curve(name, roc.false_positives, getattr(roc, kind), f'{rate:.3f}')
        curves = []
        for other, (rates, wrong) in (published or {}).get(kind, {}).items():
            rate = rates[wrong <= _WRONG[0]].max(initial=0.0)
            curves.append((rate, Curve(other, wrong, rates, f'{rate:.3f}')))
            others.append(f'{other}, published: {kind} {rate:.4f} at {_WRONG[0]:,}')
        curves.sort(key=lambda pair: -pair[0])
        panels.append(Panel(kind, [own], [curve for _, curve in curves]))
    figures = {
        f'{kind}_tpr_at_{wrong}': roc.tpr_at(wrong, kind)
        for kind in _KINDS
        for wrong in _WRONG
    }
    axes = Axes(
        'false positives',
        'true positive rate',
        right=_WRONG[1],
        figure=f'at {_WRONG[0]:,} false positives',
    )
    return BenchmarkResult(figures, summary, warnings, panels, axes, others), roc
