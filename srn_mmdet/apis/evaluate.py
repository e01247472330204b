"""Evaluating any detector's files, without mmdet's runner."""

import json
from pathlib import Path

from ..evaluation.functional import (
    read_ground_truth,
    read_predictions,
    wider_face_ap,
)
from ..evaluation.functional.wider_face_files import describe_coverage, read_image_list
from ..visualization import plot_pr_curves


def evaluate_wider_face(
    predictions: str,
    ground_truth: str,
    image_list: str | None = None,
    json_file: str | None = None,
    plot: str | None = None,
) -> tuple[str, dict[str, float]]:
    """Evaluate a txt tree by WIDER FACE's official protocol.

    Args:
        predictions: Folder of ``EVENT/NAME.txt`` files (x y w h score).
        ground_truth: Folder of the official four ``.mat`` files.
        image_list: File with a subset of the images, ``EVENT/NAME.jpg`` a line.
        json_file: Write the figures here: easy, medium, hard in [0, 1].
        plot: Draw the precision-recall curves here.

    Returns:
        A sentence on what was evaluated, and the AP of each subset.

    Raises:
        FileNotFoundError, ValueError: As the readers raise them.
    """
    truth = read_ground_truth(ground_truth)
    if image_list is not None:
        truth = truth.only(read_image_list(image_list))
    tree = read_predictions(predictions)
    text = describe_coverage(
        truth.boxes, tree.boxes, image_list is not None, len(tree.doubled)
    )
    results = wider_face_ap(truth, tree.boxes)
    figures = {subset: result.ap for subset, result in results.items()}
    if json_file is not None:
        Path(json_file).write_text(
            json.dumps(dict(figures, num_images=len(truth.boxes)), indent=2) + '\n'
        )
    if plot is not None:
        plot_pr_curves({Path(predictions).name: results}, plot)
    return text, figures
