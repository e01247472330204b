"""WIDER FACE's easy / medium / hard AP in the validation and test loop."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from mmdet.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ...files.image_names import image_key
from ..files import read_ground_truth, write_prediction
from ..files.wider_face import read_image_list
from ..wider_face import wider_face_result


@METRICS.register_module()
class WIDERFaceMetric(BaseMetric):
    """Average precision by the official protocol, on the official ground truth.

    Images are known by the last two parts of their path, EVENT/NAME. Results are
    ``wider_face/easy``, ``/medium`` and ``/hard`` in [0, 1].

    Args:
        ground_truth: Folder of the official ``wider_{face,easy,medium,hard}_val.mat``.
            Or a file as ``wider_face_val_bbx_gt.txt`` with faces of one's own: results
            are then ``wider_face/all`` and bands of heights, by read_own_faces.
            None only writes the files (the labels of the test split are not public).
        image_list: File with the images to evaluate, ``EVENT/NAME.jpg`` a line, where it
            is not the whole validation set; the result then says so.
        out_dir: Write the detections here as the official txt tree.
        release_format: Take and write the boxes as the authors' test script does: their
            corners are inclusive (a width is x2 - x1 + 1), coordinates are rounded to
            whole pixels and scores to three decimals.
    """

    default_prefix = 'wider_face'

    def __init__(
        self,
        ground_truth: str | None,
        image_list: str | None = None,
        out_dir: str | None = None,
        release_format: bool = False,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device, prefix)
        if ground_truth is None and out_dir is None:
            raise ValueError('WIDERFaceMetric: ground_truth and out_dir are both None')
        self.image_list = image_list
        self.out_dir = out_dir
        self.release_format = release_format
        # read here: a missing file is known before hours of training, not after
        self.ground_truth = None
        if ground_truth is not None:
            self.ground_truth = read_ground_truth(ground_truth)
            if image_list is not None:
                folders = self.ground_truth.folders
                images = read_image_list(image_list, folders)
                self.ground_truth = self.ground_truth.only(images)

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        for sample in data_samples:
            pred = sample['pred_instances']
            boxes = pred['bboxes'].float().cpu().numpy()
            scores = pred['scores'].float().cpu().numpy()
            if self.release_format:
                boxes, scores = _as_released(boxes, scores)
            self.results.append((str(sample['img_path']), boxes, scores))

    def compute_metrics(self, results: list) -> dict[str, float]:
        if self.out_dir is not None:
            for path, boxes, scores in results:
                write_prediction(self.out_dir, path, boxes, scores)
            where = Path(self.out_dir).resolve()
            print_log(f'Detections of {len(results)} images are in {where}', 'current')
        if self.ground_truth is None:
            return {}
        predictions = {}
        for path, boxes, scores in results:
            size = boxes[:, 2:] - boxes[:, :2]
            rows = np.concatenate([boxes[:, :2], size, scores[:, None]], 1)
            predictions[image_key(path, self.ground_truth.folders)] = rows.astype(
                np.float64
            )
        result = wider_face_result(
            self.ground_truth, predictions, is_subset=self.image_list is not None
        )
        print_log(result.text(), 'current')
        return result.figures


def _as_released(
    boxes: np.ndarray, scores: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What the authors' test script would have written, with x2 = x1 + width."""
    corner = np.round(boxes[:, :2])
    size = np.round(boxes[:, 2:] - boxes[:, :2] + 1)
    rounded = np.round(scores.astype(np.float64), 3)
    return np.concatenate([corner, corner + size], 1), rounded
