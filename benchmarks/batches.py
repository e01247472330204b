"""Why a batch of pictures of several sizes gives other boxes than one at a time.

    python benchmarks/batches.py --images data/wider_face/WIDER_val/images \\
        --image-list configs/_base_/datasets/wider_face_subset_val.txt

A batch is padded to its largest picture, to the right and below, with the mean colour.
Compared with each picture alone (padded to a multiple of 32 or so): the batch; the
picture alone, padded by hand as in the batch; and a batch of four copies.
"""

import argparse
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import torch
from mmdet.structures import DetDataSample

from srn_mmdet.apis.inferencer import load_detector
from srn_mmdet.evaluation.files.wider_face import read_image_list

SCORE = 0.3


@torch.no_grad()
def detect(model, pictures: list[np.ndarray], sizes=None) -> list[np.ndarray]:
    samples = []
    for i, picture in enumerate(pictures):
        size = picture.shape[:2] if sizes is None else sizes[i]
        info = dict(img_shape=size, ori_shape=size, scale_factor=(1.0, 1.0))
        samples.append(DetDataSample(metainfo=info))
    inputs = [torch.from_numpy(p.transpose(2, 0, 1).copy()) for p in pictures]
    found = model.test_step(dict(inputs=inputs, data_samples=samples))
    rows = [
        torch.cat([f.pred_instances.bboxes, f.pred_instances.scores[:, None]], 1)
        for f in found
    ]
    return [of[of[:, 4] > SCORE].numpy() for of in rows]


def differ(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether another number of boxes, or one elsewhere by more than a pixel."""
    return len(a) != len(b) or np.abs(a[:, :4] - b[:, :4]).max(initial=0) > 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--images', type=Path, required=True)
    parser.add_argument('--image-list', required=True)
    parser.add_argument('--number', type=int, default=16)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model, counts = load_detector(), dict(batch=0, by_hand=0, copies=0)
    mean = model.data_preprocessor.mean.flatten().tolist()
    names = islice(read_image_list(args.image_list), args.number)
    paths = [
        args.images / f'{n}.jpg' for n in (name.removesuffix('.jpg') for name in names)
    ]
    pictures = [cv2.imread(str(path)) for path in paths]
    for start in range(0, len(pictures), 4):
        batch = pictures[start : start + 4]
        height, width = np.array([p.shape[:2] for p in batch]).max(0)
        for picture, of_batch in zip(batch, detect(model, batch), strict=True):
            alone = detect(model, [picture])[0]
            below, right = height - picture.shape[0], width - picture.shape[1]
            padded = cv2.copyMakeBorder(
                picture, 0, below, 0, right, cv2.BORDER_CONSTANT, value=mean
            )
            by_hand = detect(model, [padded], [picture.shape[:2]])[0]
            copies = detect(model, [picture] * 4)[-1]
            counts['batch'] += differ(alone, of_batch)
            counts['by_hand'] += differ(alone, by_hand)
            counts['copies'] += differ(alone, copies)
    text = ', '.join(f'{name} {int(number)}' for name, number in counts.items())
    print(f'of {len(pictures)} pictures other boxes over {SCORE}: {text}')


if __name__ == '__main__':
    main()
