"""One HTML page on what a detector finds and misses on WIDER FACE."""

from collections.abc import Mapping
from html import escape
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from ..evaluation.files import read_ground_truth, read_predictions
from ..evaluation.files.wider_face import read_attributes, read_image_list
from ..evaluation.files.wider_face_curves import read_published_curves
from ..evaluation.functional import SUBSETS, GroundTruth, wider_face_ap
from ..evaluation.functional.known_images import require_known_images
from ..evaluation.functional.readings import check_reading
from ..evaluation.functional.wider_face_analysis import (
    KINDS,
    PRECISIONS,
    ImageErrors,
    ap_by_iou,
    best_threshold,
    errors_by_height,
    false_positives_at_recall,
    group_faces,
    recall_at_precision,
    split_errors,
)
from ..evaluation.plot import Axes, plot_curves, wider_face_panels
from ..evaluation.wider_face import describe_coverage
from ..visualization import draw_detections
from ..visualization.html import STYLE, jpg_source, png_source, table
from ..written_aside import write_file

_NUM_WORST = 50
_COLOURS = {
    'true': '#1f9d3a',
    'duplicate': '#8a4bd6',
    'poor box': '#e07b00',
    'background': '#d62728',
    'ignored': '#888888',
}  # in the order of KINDS
_MISSED = (255, 120, 0)  # BGR


def write_report(
    predictions: str,
    ground_truth: str,
    out: str,
    images: str | None = None,
    image_list: str | None = None,
    curves: str | None = None,
) -> dict:
    """Evaluate a txt tree, analyse its errors and write a self-contained page.

    Args:
        predictions: Folder of ``EVENT/NAME.txt`` files (x y w h score).
        ground_truth: Folder of the official four .mat files.
        out: The page to write.
        images: Folder of the event folders, for pictures of the worst images.
        image_list: File with a subset of the images.
        curves: Folder of published curves to draw beside the detector's.

    Returns:
        All figures of the page: ``ap_by_iou``, ``recall_at_precision``,
        ``false_positives_at_recall``, ``groups``, ``errors``, ``errors_by_height``,
        ``score_thr``.

    Raises:
        FileNotFoundError, ValueError: As the readers raise them.
    """
    if Path(ground_truth).is_file():
        raise ValueError(
            f'{ground_truth}: the report wants the folder of the .mat files'
        )
    if images is not None and not Path(images).is_dir():
        raise FileNotFoundError(f'{images}: no such folder')
    truth = read_ground_truth(ground_truth)
    if image_list is not None:
        truth = truth.only(read_image_list(image_list))
    tree = read_predictions(predictions)
    require_known_images(predictions, tree.boxes, truth.boxes)
    coverage = describe_coverage(
        truth.boxes, tree.boxes, image_list is not None, len(tree.doubled)
    )
    for doubt in check_reading('x y w h score', tree.boxes, 'x y w h', truth.boxes):
        coverage += f'; {doubt}'
    results = wider_face_ap(truth, tree.boxes)
    groups = group_faces(truth, read_attributes(ground_truth))
    by_group = wider_face_ap(groups, tree.boxes)
    score_thr = best_threshold(truth, tree.boxes)
    errors = split_errors(truth, tree.boxes, score_thr)
    figures = dict(
        ap_by_iou=ap_by_iou(truth, tree.boxes),
        recall_at_precision={
            precision: {s: recall_at_precision(results[s], precision) for s in SUBSETS}
            for precision in PRECISIONS
        },
        false_positives_at_recall={
            recall: {s: false_positives_at_recall(results[s], recall) for s in SUBSETS}
            for recall in (0.5, 0.7, 0.8, 0.9)
        },
        groups={
            name: dict(num_faces=r.num_faces, ap=r.ap, recall=float(r.recall[-1]))
            for name, r in by_group.items()
        },
        errors={
            kind: sum(int((of.kinds == i).sum()) for of in errors.values())
            for i, kind in enumerate(KINDS)
        },
        errors_by_height=errors_by_height(errors),
        score_thr=score_thr,
    )
    figures['errors']['missed'] = sum(len(of.missed) for of in errors.values())

    with TemporaryDirectory() as folder:
        plot = Path(folder) / 'pr.png'
        published = read_published_curves(curves) if curves else {}
        panels = wider_face_panels({Path(predictions).name: results}, published)
        plot_curves(panels, plot, Axes())
        if published:
            coverage += '; published curves are of all 3,226 images'
        page = _page(Path(predictions).name, coverage, figures, png_source(plot))
    pictures = '' if images is None else _worst(errors, truth, Path(images))
    write_file(out, page + pictures + '</html>\n')
    return figures


def _page(name: str, coverage: str, figures: dict, curves: str) -> str:
    def rows(key, form):
        return [
            [label, *(form(of[subset]) for subset in SUBSETS)]
            for label, of in figures[key].items()
        ]

    three = list(SUBSETS)
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        f'<title>{escape(name)}</title><style>{STYLE}</style>',
        f'<h1>{escape(name)}</h1><p class="lead">{escape(coverage)}</p>',
        '<h2>Average precision by the overlap a hit wants</h2>',
        table(['IoU', *three], rows('ap_by_iou', '{:.4f}'.format)),
        f'<p><img alt="precision-recall curves" src="{curves}"></p>',
        '<h2>Recall at fixed precision</h2>',
        table(['precision', *three], rows('recall_at_precision', '{:.4f}'.format)),
        '<h2>False positives where a recall is first reached</h2>',
        table(
            ['recall', *three],
            rows(
                'false_positives_at_recall',
                lambda n: 'not reached' if n is None else f'{n:,}',
            ),
        ),
        '<h2>Groups of faces</h2><p>Faces of the hard subset; within a group, all other '
        'faces are ignored, but every false positive counts, so that small groups have '
        'lower APs. Recall is over all detections.</p>',
        table(
            ['group', 'faces', 'AP', 'recall'],
            [
                [
                    group,
                    f'{of["num_faces"]:,}',
                    f'{of["ap"]:.4f}',
                    f'{of["recall"]:.4f}',
                ]
                for group, of in figures['groups'].items()
                if of['num_faces']
            ],
        ),
        f'<h2>Errors at a score of {figures["score_thr"]:.3f}</h2>'
        '<p>Where precision and recall on the hard subset balance best. A poor box '
        'overlaps a face by .1 to .5, background by less; ignored are those on faces '
        'that do not count. In all, and by the height of the detection (of the face, '
        'where it was missed).</p>',
        table(
            ['', 'all', *figures['errors_by_height']],
            [
                [kind, f'{n:,}']
                + [f'{of[kind]:,}' for of in figures['errors_by_height'].values()]
                for kind, n in figures['errors'].items()
            ],
        ),
    ]
    return '\n'.join(parts)


def _worst(errors: Mapping[str, ImageErrors], truth: GroundTruth, images: Path) -> str:
    """Pictures of the images with the most misses and false positives."""

    def number(image: str) -> int:
        wrong = [KINDS.index(kind) for kind in ('duplicate', 'poor box', 'background')]
        return len(errors[image].missed) + int(
            np.isin(errors[image].kinds, wrong).sum()
        )

    ranked = sorted((i for i in errors if number(i)), key=number, reverse=True)
    found = ((i, images / f'{i}.jpg') for i in ranked)
    figures = [
        _figure(image, path, errors[image], len(truth.boxes[image]))
        for image, path in islice(((i, p) for i, p in found if p.is_file()), _NUM_WORST)
    ]
    key = ', '.join(
        f'<span class="key" style="color:{colour}">{kind}</span>'
        for kind, colour in _COLOURS.items()
    )
    return (
        f'<h2>The {len(figures)} worst images</h2><p>{key}, '
        '<span class="key" style="color:#0078ff">missed (thin)</span></p>'
        f'<div class="grid">{"".join(figures)}</div>'
    )


def _figure(image: str, path: Path, errors: ImageErrors, num_faces: int) -> str:
    drawn = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    for x, y, w, h in errors.missed:
        ends = (round(x), round(y)), (round(x + w), round(y + h))
        cv2.rectangle(drawn, *ends, _MISSED, 1)
    for i, colour in enumerate(_COLOURS.values()):
        bgr = tuple(int(colour[at : at + 2], 16) for at in (5, 3, 1))
        rows = errors.detections[errors.kinds == i].copy()
        rows[:, 2:4] += rows[:, :2]
        drawn = draw_detections(drawn, rows, colour=bgr)
    counts = ', '.join(
        f'{number} {kind}'
        for kind, number in (
            ('missed', len(errors.missed)),
            *((kind, int((errors.kinds == i).sum())) for i, kind in enumerate(KINDS)),
        )
        if number
    )
    return (
        f'<figure><img alt="{escape(image)}" src="{jpg_source(drawn, 700)}">'
        f'<figcaption>{escape(image)}: {num_faces} faces; {counts}</figcaption></figure>'
    )
