"""How good the second step's boxes are, by the overlap of the anchors they come from.

On WIDER FACE's validation images at their original size: of each level all boxes over a
score, before NMS, that overlap a face by a tenth or more, sorted by the IoU of that face
with the anchor from which the second step regressed (with STR: the moved one).

    python benchmarks/anchors_to_boxes.py CONFIG CHECKPOINT --data-root data/wider_face \\
        --image-list configs/_base_/datasets/wider_face_subset_val.txt --levels 3 4
"""

import argparse
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from mmdet.structures.bbox import bbox_overlaps
from report import report

from srn_mmdet.apis.inferencer import load_detector
from srn_mmdet.evaluation.files import read_ground_truth
from srn_mmdet.evaluation.files.wider_face import read_image_list
from srn_mmdet.models.layers import per_anchor

EDGES = (0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1)
OVERLAP = 0.1


def as_input(path: Path, model) -> torch.Tensor:
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    image = torch.from_numpy(cv2.imread(str(path), flags).transpose(2, 0, 1))
    data = dict(inputs=[image], data_samples=[])
    return model.data_preprocessor(data)['inputs']


@torch.no_grad()
def boxes_of(model, image, faces, levels, score_thr) -> list[list[np.ndarray]]:
    """A level each: rows of (score, the anchor's IoU with the face, the box's)."""
    head = model.bbox_head
    scores, deltas, first = head(model.extract_feat(image))
    sizes = [score.shape[-2:] for score in scores]
    tiled = head.prior_generator.grid_priors(sizes, device=image.device)
    (anchors,) = head.refine(first, [tiled])
    found = []
    for level in levels:
        score = per_anchor(scores[level], 1)[0, :, 0].sigmoid()
        boxes = head.bbox_coder.decode(anchors[level], per_anchor(deltas[level], 4)[0])
        over = score > score_thr
        iou, face = bbox_overlaps(boxes[over], faces).max(1)
        before = bbox_overlaps(anchors[level][over], faces[face], is_aligned=True)
        rows = torch.stack([score[over], before, iou], 1)
        found.append(rows[iou >= OVERLAP].numpy())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('config')
    parser.add_argument('checkpoint')
    parser.add_argument('--data-root', required=True, help='WIDER FACE')
    parser.add_argument('--image-list', help='these images only')
    parser.add_argument('--levels', nargs='+', type=int, default=[3, 4])
    parser.add_argument('--score-thr', type=float, default=0.3)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = load_detector(args.config, args.checkpoint)
    root = Path(args.data_root)
    truth = read_ground_truth(str(root / 'eval_tools' / 'ground_truth'))
    if args.image_list:
        truth = truth.only(read_image_list(args.image_list))
    found = [[] for _ in args.levels]
    for name, boxes in truth.boxes.items():
        faces = torch.as_tensor(np.array(boxes), dtype=torch.float32).reshape(-1, 4)
        if not len(faces):
            continue
        faces[:, 2:] += faces[:, :2]
        image = as_input(root / 'WIDER_val' / 'images' / f'{name}.jpg', model)
        of_image = boxes_of(model, image, faces, args.levels, args.score_thr)
        for rows, more in zip(found, of_image, strict=True):
            rows.append(more)
    table = []
    for level, parts in zip(args.levels, found, strict=True):
        score, before, iou = np.concatenate(parts).T
        for low, high in [(0, 1.01), *pairwise(EDGES)]:
            chosen = (before >= low) & (before < high)
            if chosen.any():
                table.append(
                    {
                        'level': level,
                        'IoU of the anchor': f'{low} to {min(high, 1)}',
                        'boxes': int(chosen.sum()),
                        'score': float(score[chosen].mean()),
                        'IoU of the box': float(iou[chosen].mean()),
                        'under .5': float((iou[chosen] < 0.5).mean()),
                    }
                )
    report(table, args.json)


if __name__ == '__main__':
    main()
