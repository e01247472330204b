"""AP on AFW and PASCAL Face in the validation and test loop."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ...files.image_names import image_key
from ..afw_pascal import afw_pascal_result
from ..files import read_face_annotations, write_detection_list
from ..functional import DetectionList


@METRICS.register_module()
class FaceAPMetric(BaseMetric):
    """Average precision by the protocol of Mathias et al. (ECCV 2014).

    The result is ``face/ap`` in [0, 1].

    Args:
        ground_truth: The .mat with the annotations of AFW or PASCAL Face.
        out_dir: Write ``detections.txt``, ``image score x1 y1 x2 y2`` a line, here.
    """

    default_prefix = 'face'

    def __init__(
        self,
        ground_truth: str,
        out_dir: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix)
        self.title = Path(ground_truth).name
        self.truth = read_face_annotations(ground_truth)
        self.out_dir = out_dir

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        for sample in data_samples:
            pred = sample['pred_instances']
            self.results.append(
                (
                    image_key(sample['img_path']),
                    pred['bboxes'].float().cpu().numpy().astype(np.float64),
                    pred['scores'].float().cpu().numpy().astype(np.float64),
                )
            )

    def compute_metrics(self, results: list) -> dict[str, float]:
        results = sorted(results, key=lambda result: result[0])  # however they came
        found = DetectionList(
            [image for image, _, scores in results for _ in scores],
            np.concatenate([np.zeros((0, 4)), *(boxes for _, boxes, _ in results)]),
            np.concatenate([np.zeros(0), *(scores for *_, scores in results)]),
        )
        result = afw_pascal_result(self.truth, found, self.title)
        print_log(result.text(), 'current')
        if self.out_dir is not None:
            path = Path(self.out_dir) / 'detections.txt'
            write_detection_list(path, found.images, found.boxes, found.scores)
            print_log(f'Detections are in {path.resolve()}', 'current')
        return result.figures
