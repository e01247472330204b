"""The demo's page: one HTML file that holds everything, pictures included."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

import cv2
import numpy as np

from ..evaluation.functional import GroundTruth, SubsetResult
from ..evaluation.plot import Axes, plot_curves, wider_face_panels
from ..visualization import draw_detections, plot_training
from ..visualization.html import STYLE, jpg_source, png_source
from ..written_aside import write_file

_SCORE_THR = 0.5
_LIGHT = """<h2>The detector in the box</h2>
<p>What <code>srn-faces</code> finds on some of the same images: the light SRN that comes
with the package has seen photographs only.</p>
"""


def write_page(
    path: Path,
    images: Path,
    truth: GroundTruth,
    detections: Mapping[str, np.ndarray],
    results: Mapping[str, SubsetResult],
    work_dir: Path,
    commands: list[str],
    took: Mapping[str, float],
    light: Mapping[str, np.ndarray] | None = None,
) -> Path:
    """Write the page.

    Args:
        path: The file to write.
        images: Folder of the validation images.
        truth, detections, results: What was evaluated, as ``wider_face_ap`` has it.
        work_dir: Of the training, for its logs.
        commands: What was run.
        took: Seconds of each part.
        light: What the light SRN of the package finds on some of the images.

    Returns:
        ``path``.
    """
    figures = path.parent / 'figures'
    figures.mkdir(parents=True, exist_ok=True)
    panels = wider_face_panels({'SRN': results})
    plot_curves(panels, figures / 'pr_curves.png', Axes())
    log, starts = read_training_log(work_dir)
    plot_training(log, figures / 'training.png', starts[1:])
    rows = ''.join(
        f'<tr><td>{name}</td><td>{r.num_faces}</td><td>{r.ap:.4f}</td></tr>'
        for name, r in results.items()
    )
    times = ''.join(
        f'<tr><td>{escape(name)}</td><td>{seconds:.0f} s</td></tr>'
        for name, seconds in took.items()
    )
    pictures = ''.join(
        _picture(images / f'{key}.jpg', truth.boxes[key], detections.get(key))
        for key in choose_images(truth)
    )
    boxed = ''.join(
        _picture(images / f'{key}.jpg', truth.boxes[key], rows)
        for key, rows in (light or {}).items()
    )
    boxed = f'{_LIGHT}<div class="grid">{boxed}</div>' if boxed else ''
    write_file(
        path,
        f"""<!doctype html><html lang="en"><meta charset="utf-8">
<title>SRN demo</title><style>{STYLE}</style>
<h1>SRN demo</h1>
<p class="lead">A small SRN, trained from scratch on drawn faces in the layout of WIDER
FACE, killed and resumed once on the way, evaluated by the official protocol.</p>
<h2>Average precision on {len(truth.boxes)} validation images</h2>
<table><tr><th>subset</th><th>faces</th><th>AP</th></tr>{rows}</table>
<p><img alt="precision-recall curves" src="{png_source(figures / 'pr_curves.png')}"></p>
<h2>Detections</h2>
<p><span class="key" style="color:#1f9d3a">green</span>: found at a score of
{_SCORE_THR} or more; <span class="key" style="color:#e0a100">yellow, thin</span>: the
drawn face.</p>
<div class="grid">{pictures}</div>
{boxed}
<h2>Training</h2>
<p><img alt="losses and statistics" src="{png_source(figures / 'training.png')}"></p>
<h2>What was run</h2>
<pre>{escape(chr(10).join(commands))}</pre>
<table><tr><th>part</th><th>time</th></tr>{times}</table>
</html>
""",
    )
    return path


def read_training_log(work_dir: Path) -> tuple[list[dict], list[int]]:
    """Read what mmengine logged, over all (resumed) runs of a work folder.

    Returns:
        The entries of training steps in order, and the first step of each run. Steps that
        a killed run had taken after its last checkpoint are taken from the later run.
    """
    runs = []
    for file in sorted(work_dir.glob('*/vis_data/scalars.json')):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        runs.append([entry for entry in lines if 'loss' in entry])
    runs = [run for run in runs if run]
    # a work folder may hold earlier demos: the last run that began at the beginning
    begin = max((i for i, r in enumerate(runs) if r[0]['epoch'] == 1), default=0)
    entries: list[dict] = []
    for run in runs[begin:]:
        entries = [entry for entry in entries if entry['step'] < run[0]['step']] + run
    return entries, [run[0]['step'] for run in runs[begin:]]


def choose_images(truth: GroundTruth, per_kind: int = 4) -> list[str]:
    """Some images of each event, those with and without faces."""
    by_event: dict[str, list[str]] = {}
    for key in truth.boxes:
        by_event.setdefault(key.split('/')[0], []).append(key)
    chosen = [key for keys in by_event.values() for key in keys[:per_kind]]
    empty = [key for key, boxes in truth.boxes.items() if not len(boxes)]
    return chosen + [key for key in empty[:2] if key not in chosen]


def _picture(image: Path, faces: np.ndarray, detections: np.ndarray | None) -> str:
    rows = np.zeros((0, 5)) if detections is None else detections
    rows = rows[rows[:, 4] >= _SCORE_THR]
    rows, faces = rows.copy(), np.array(faces, float).reshape(-1, 4)
    for boxes in (rows, faces):
        boxes[:, 2:4] += boxes[:, :2]
    drawn = draw_detections(cv2.imread(str(image)), rows, faces)
    return (
        f'<figure><img alt="detections" src="{jpg_source(drawn)}">'
        f'<figcaption>{escape(image.stem)}: {len(rows)} found, {len(faces)} drawn'
        '</figcaption></figure>'
    )
