"""FDDB's true positive rates in the validation and test loop."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ...files.image_names import image_key
from ..fddb import fddb_result
from ..files import read_folds, write_fddb_detections, write_roc
from ..files.fddb import FOLDERS, to_ellipses


@METRICS.register_module()
class FDDBMetric(BaseMetric):
    """Discrete and continuous ROC by the official protocol, on all ten folds.

    Results are ``fddb/{discrete,continuous}_tpr_at_{1000,2000}`` in [0, 1].

    Args:
        ground_truth: The folder FDDB-folds.
        ellipses: Compare the upright ellipse inside each box instead of the box. Faces
            are ellipses there; published detectors regress them. Off by default: a
            detector's boxes are judged as they are.
        out_dir: Write ``detections.txt`` for the official tool and the ROC files here.
    """

    default_prefix = 'fddb'

    def __init__(
        self,
        ground_truth: str,
        ellipses: bool = False,
        out_dir: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix)
        self.faces = read_folds(ground_truth)  # here: a missing file is known at once
        self.ellipses = ellipses
        self.out_dir = out_dir

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        for sample in data_samples:
            pred = sample['pred_instances']
            height, width = sample['ori_shape'][:2]
            self.results.append(
                (
                    image_key(sample['img_path'], FOLDERS),
                    (width, height),
                    pred['bboxes'].float().cpu().numpy().astype(np.float64),
                    pred['scores'].float().cpu().numpy().astype(np.float64),
                )
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        detections, sizes = {}, {}
        for image, size, boxes, scores in results:
            sizes[image] = size
            rows = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1)
            rows = to_ellipses(rows) if self.ellipses else rows
            detections[image] = np.concatenate([rows, scores[:, None]], 1)
        result, roc = fddb_result(self.faces, detections, sizes)
        print_log(result.text(), 'current')
        if self.out_dir is not None:
            folder = Path(self.out_dir)
            found = {image: (boxes, scores) for image, _, boxes, scores in results}
            write_fddb_detections(folder / 'detections.txt', found, self.ellipses)
            write_roc(folder / 'fddb_', roc)
            print_log(f'Detections and ROC files are in {folder.resolve()}', 'current')
        return result.figures
