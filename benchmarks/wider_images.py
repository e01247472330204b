"""WIDER FACE's images and ground truth, for the benchmarks that look at real faces."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from srn_mmdet.evaluation.files import read_ground_truth
from srn_mmdet.evaluation.files.wider_face import read_image_list
from srn_mmdet.evaluation.functional import GroundTruth

GROUND_TRUTH = dict(
    val='eval_tools/ground_truth',
    train='wider_face_split/wider_face_train_bbx_gt.txt',
)


def ground_truth(
    root: str | Path, image_list: str | None = None, split: str = 'val'
) -> GroundTruth:
    """The official one, of training images all faces; of these images only.

    Args:
        root: The data set's folder, as the README lays it.
        image_list: A file of images; None: all of the split.
        split: 'val' or 'train'.
    """
    truth = read_ground_truth(Path(root) / GROUND_TRUTH[split])
    return truth.only(read_image_list(image_list)) if image_list else truth


def pictures(
    root: str | Path, truth: GroundTruth, split: str = 'val'
) -> Iterator[tuple[str, np.ndarray]]:
    """The name and the picture (H, W, 3), BGR, of each image, as the boxes count it.

    Raises:
        OSError: It is not there or cannot be read.
    """
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    for name in truth.boxes:
        path = Path(root) / f'WIDER_{split}' / 'images' / f'{name}.jpg'
        picture = cv2.imread(str(path), flags)
        if picture is None:
            raise OSError(f'{path}: not there, or no picture')
        yield name, picture
