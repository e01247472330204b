"""How good the second step's boxes are, by the overlap of the anchors they come from.

On WIDER FACE's validation images at their original size: of each level all boxes over a
score, before NMS, that overlap a face by a tenth or more, sorted by the IoU of that face
with the anchor from which the second step regressed (with STR: the moved one).

    python benchmarks/anchors_to_boxes.py CONFIG CHECKPOINT --data-root data/wider_face \\
        --image-list configs/_base_/datasets/wider_face_subset_val.txt --levels 3 4
"""

import argparse
from itertools import pairwise

import numpy as np
import torch
from mmdet.structures.bbox import bbox_overlaps
from report import report
from wider_images import ground_truth, pictures

from srn_mmdet.apis.inferencer import load_detector
from srn_mmdet.models.dense_heads import TwoStepHead
from srn_mmdet.models.layers import as_levels, per_anchor

EDGES = (0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1)
OVERLAP = 0.1


@torch.no_grad()
def boxes_of(model, picture, faces, levels, score_thr) -> list[np.ndarray]:
    """A level each: rows of (score, the anchor's IoU with the face, the box's)."""
    head = model.bbox_head
    image = torch.from_numpy(picture.transpose(2, 0, 1))
    data = model.data_preprocessor(dict(inputs=[image], data_samples=[]))
    scores, deltas, first = head(model.extract_feat(data['inputs']))
    tiled = head.prior_generator.grid_priors(
        [score.shape[-2:] for score in scores], device=scores[0].device
    )
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


def summary(level: int, bounds: tuple[float, float], rows: np.ndarray) -> dict:
    score, _, iou = rows.T
    return {
        'level': level,
        'IoU of the anchor': '{} to {}'.format(*bounds),
        'boxes': len(rows),
        'score': float(score.mean()),
        'IoU of the box': float(iou.mean()),
        'under .5': float((iou < 0.5).mean()),
    }


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
    if not isinstance(model.bbox_head, TwoStepHead):
        parser.error(f'{args.config}: {type(model.bbox_head).__name__} is not of SRN')
    num_levels = model.bbox_head.prior_generator.num_levels
    levels = as_levels(args.levels, num_levels, '--levels')
    truth = ground_truth(args.data_root, args.image_list)
    found = [[np.zeros((0, 3), np.float32)] for _ in levels]
    for name, picture in pictures(args.data_root, truth):
        faces = torch.from_numpy(truth.boxes[name]).float()
        if not len(faces):
            continue
        faces[:, 2:] += faces[:, :2]
        of_image = boxes_of(model, picture, faces, levels, args.score_thr)
        for rows, more in zip(found, of_image, strict=True):
            rows.append(more)
    table = []
    for level, parts in zip(levels, found, strict=True):
        rows = np.concatenate(parts)
        part = np.digitize(rows[:, 1], EDGES[1:-1])
        cases = [((0, 1), rows)]
        cases += [(bounds, rows[part == i]) for i, bounds in enumerate(pairwise(EDGES))]
        table += [summary(level, bounds, some) for bounds, some in cases if len(some)]
    if not table:
        raise SystemExit(f'no box over {args.score_thr} on levels {levels}')
    report(table, args.json)


if __name__ == '__main__':
    main()
