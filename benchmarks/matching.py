"""Matching anchors to a crowd: SparseMaxIoUAssigner against mmdet's MaxIoUAssigner.

174,720 anchors (1024x1024, strides 4 to 128) and 1,968 faces: made ones, or with
--data-root those of the training image with most faces, at 1024x1024. Both steps' rules,
on the tiled anchors; the second step's also with the anchors of STR moved, as in
training. Both sides in turn in every round, medians; that the results are equal is
checked on the way. Memory is that of a process of its own.

    python benchmarks/matching.py --json matching.json
    python benchmarks/matching.py --data-root data/wider_face
"""

import argparse
import statistics
import time
from pathlib import Path

import torch
from mmdet.registry import TASK_UTILS
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from peak_memory import of_own_process, peak_of
from report import report

import srn_mmdet  # noqa: F401
from srn_mmdet.apis.runner import load_config
from srn_mmdet.datasets.wider_face_txt import read_bbx_gt

CONFIG = Path(__file__).resolve().parents[1] / 'configs' / 'srn_r50_widerface.py'
SIZE = 1024
FACES = 1968
KINDS = ('MaxIoUAssigner', 'SparseMaxIoUAssigner')


def tiled_anchors(cfg) -> list[torch.Tensor]:
    generator = TASK_UTILS.build(cfg.model.bbox_head.anchor_generator)
    sizes = [(SIZE // s[0], SIZE // s[1]) for s in generator.strides]
    return generator.grid_priors(sizes, device='cpu')


def moved(anchors: list[torch.Tensor], levels) -> list[torch.Tensor]:
    """The anchors of some levels, moved by a few per cent of their size."""
    anchors = list(anchors)
    for level in levels:
        boxes = anchors[level]
        side = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
        anchors[level] = boxes + 0.08 * side * torch.randn(boxes.shape)
    return anchors


def made_faces() -> torch.Tensor:
    """A crowd: sides from 6 to 60 px, most of them small."""
    side = 6 * 10 ** (torch.rand(FACES, 1) ** 2)
    half = side * torch.tensor([1, 1.25]) / 2
    centre = torch.rand(FACES, 2) * SIZE
    return torch.cat([centre - half, centre + half], 1)


def real_faces(data_root: str) -> torch.Tensor:
    folder = Path(data_root) / 'wider_face_split'
    rows = read_bbx_gt(folder / 'wider_face_train_bbx_gt.txt')
    boxes = torch.from_numpy(max(rows.values(), key=len)[:, :4]).float()
    boxes = boxes[(boxes[:, 2:] >= 1).all(1)]
    boxes[:, 2:] += boxes[:, :2]
    return boxes * (SIZE / boxes[:, 2:].max(0).values).repeat(2)


def assign(kind: str, rule: dict, priors, faces):
    data = (
        InstanceData(priors=priors),
        InstanceData(bboxes=faces, labels=torch.zeros(len(faces), dtype=torch.long)),
    )
    assigner = TASK_UTILS.build(dict(rule, type=kind))
    return lambda: assigner.assign(*data)


def _memory(pipe, threads: int, *case) -> None:
    torch.set_num_threads(threads)
    init_default_scope('mmdet')
    pipe.send(peak_of(assign(*case)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data-root', help='WIDER FACE: take a real crowd')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    init_default_scope('mmdet')
    cfg = load_config(str(CONFIG))
    faces = real_faces(args.data_root) if args.data_root else made_faces()
    anchors = tiled_anchors(cfg)
    refined = moved(anchors, (3, 4, 5))
    rules = cfg.model.train_cfg.assigner
    cases = {
        'first step': (rules.first, torch.cat(anchors)),
        'second step': (rules.second, torch.cat(anchors)),
        'second step, moved': (rules.second, torch.cat(refined)),
    }
    rows = []
    for name, (rule, priors) in cases.items():
        rule = rule.to_dict()
        sides = {kind: assign(kind, rule, priors, faces) for kind in KINDS}
        times = {kind: [] for kind in KINDS}
        fresh = []
        for _ in range(args.rounds):
            found = {}
            for kind, run in sides.items():
                start = time.perf_counter()
                found[kind] = run().gt_inds
                times[kind].append(time.perf_counter() - start)
            assert torch.equal(*found.values()), 'the assigners differ'
            # anchors never seen before, as STR's are: nothing is left of the last call
            run = assign(KINDS[1], rule, priors.clone(), faces)
            start = time.perf_counter()
            run()
            fresh.append(time.perf_counter() - start)
        plain, sparse = (statistics.median(times[kind]) for kind in KINDS)
        rows.append(
            {
                'priors': name,
                'anchors': len(priors),
                'faces': len(faces),
                'MaxIoU, s': plain,
                'sparse, s': sparse,
                'times faster': plain / sparse,
                'sparse, new priors, s': statistics.median(fresh),
                'times faster, new': plain / statistics.median(fresh),
                'MaxIoU, MiB': of_own_process(_memory, KINDS[0], rule, priors, faces),
                'sparse, MiB': of_own_process(_memory, KINDS[1], rule, priors, faces),
            }
        )
    report(rows, args.json)


if __name__ == '__main__':
    main()
