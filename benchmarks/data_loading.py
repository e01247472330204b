"""Loading training images: images a second on one core, by the order of the transforms.

Real images of WIDER FACE through the headline's training pipeline, without a network:
decoding, distortion, expansion, crop, resizing, flip. Ours crops first and distorts what
is seen; the other side has the same transforms as mmdet's configs order them
(distortion of the whole image, expansion on a canvas, crop). Both sides in turn, image by
image, on the same draws of the crop.

    python benchmarks/data_loading.py --data-root data/wider_face
"""

import argparse
import os
import time

import cv2
import numpy as np
import torch
from mmdet.registry import DATASETS, TRANSFORMS
from mmengine.registry import init_default_scope
from report import report

import srn_mmdet  # noqa: F401
from srn_mmdet.apis.runner import load_config


def mmdets_order(pipeline: list) -> list:
    """Distortion, Expand and crop, one after the other, in place of ExpandSquareCrop."""
    at = [step['type'] for step in pipeline].index('ExpandSquareCrop')
    ours = dict(pipeline[at])
    expand = dict(
        type='Expand',
        mean=(0, 0, 0),
        to_rgb=False,
        ratio_range=ours['ratio_range'],
        prob=ours['prob'],
    )
    crop = dict(type='RandomSquareCrop', scales=ours['scales'])
    return [*pipeline[:at], *ours['transforms'], expand, crop, *pipeline[at + 1 :]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--config', default='srn_r50_widerface.py')
    parser.add_argument('--data-root', default='data/wider_face')
    parser.add_argument('--image-list', help='these images only')
    parser.add_argument('--images', type=int, default=300)
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    init_default_scope('mmdet')
    cfg = load_config(args.config, data_root=args.data_root)
    pipeline = cfg.train_dataloader.dataset.pipeline
    image_list = args.image_list and os.path.abspath(args.image_list)
    dataset = dict(cfg.train_dataloader.dataset, image_list=image_list, pipeline=[])
    dataset = DATASETS.build(dataset)
    sides = {"mmdet's order": mmdets_order(pipeline), 'crop first': pipeline}
    sides = {
        side: [TRANSFORMS.build(step) for step in steps]
        for side, steps in sides.items()
    }
    spent = {(side, step): 0.0 for side in sides for step in range(9)}
    order = np.random.RandomState(0).permutation(len(dataset))[: args.images]
    for number, index in enumerate(order):
        for side, steps in sides.items():
            np.random.seed(number)
            results = dataset.get_data_info(int(index))
            for at, step in enumerate(steps):
                start = time.process_time()
                results = step(results)
                spent[side, at] += time.process_time() - start
    rows = []
    totals = {
        side: sum(spent[side, at] for at in range(len(sides[side]))) for side in sides
    }
    for side, steps in sides.items():
        parts = [
            f'{type(step).__name__} {1000 * spent[side, at] / len(order):.1f}'
            for at, step in enumerate(steps)
        ]
        rows.append(
            {
                'side': side,
                'images a second and core': len(order) / totals[side],
                'times faster': totals["mmdet's order"] / totals[side],
                'ms an image': ', '.join(parts),
            }
        )
    report(rows, args.json)


if __name__ == '__main__':
    main()
