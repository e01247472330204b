"""Anchor and sample statistics of a data set, level by level."""

import random
from dataclasses import dataclass, field

import numpy as np
import torch
from mmdet.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

STEPS = ('first', 'second')


@dataclass
class AnchorStats:
    """Counts over some training samples, as the pipeline gives them.

    Attributes:
        strides: Of each level, pixels.
        anchors: Anchors of each level in one sample of the training size.
        counts: For each step, (levels, 3): positives, negatives, ignored, over all
            samples. Both steps match the tiled anchors here, as there is no network.
        num_samples: Samples counted.
        num_faces: Faces in them (without those to be ignored).
        unmatched: For each step, faces without any positive anchor.
        heights: Faces by height: under 8, 16, 32, 64, 128, 256, and the rest.
    """

    strides: list[int]
    anchors: list[int]
    counts: dict[str, torch.Tensor]
    num_samples: int = 0
    num_faces: int = 0
    unmatched: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    heights: torch.Tensor = field(default_factory=lambda: torch.zeros(7).long())


_EDGES = torch.tensor([8.0, 16, 32, 64, 128, 256])


def anchor_stats(cfg: Config, num_images: int = 200, seed: int = 0) -> AnchorStats:
    """Match the anchors of a config to random samples of its training set.

    Args:
        cfg: A detector with a two-step head.
        num_images: Samples to draw.
        seed: Of the draw; the pipeline's own chance follows it too.
    """
    init_default_scope('mmdet')
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    cfg.model.backbone.init_cfg = None
    head = MODELS.build(cfg.model).bbox_head
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    strides = [stride[0] for stride in head.prior_generator.strides]
    stats = None
    for index in torch.randperm(len(dataset))[:num_images].tolist():
        sample = dataset[index]
        height, width = sample['inputs'].shape[-2:]
        sizes = [(-(-height // s), -(-width // s)) for s in strides]
        levels = head.prior_generator.grid_priors(sizes, device='cpu')
        if stats is None:
            counts = {step: torch.zeros(len(levels), 3).long() for step in STEPS}
            stats = AnchorStats(strides, [len(level) for level in levels], counts)
        _count(stats, head.assigner, levels, sample['data_samples'])
    return stats


def _count(stats: AnchorStats, assigner, levels, sample) -> None:
    faces, ignored = (
        InstanceData(bboxes=found.bboxes.tensor, labels=found.labels)
        for found in (sample.gt_instances, sample.ignored_instances)
    )
    priors = InstanceData(priors=torch.cat(levels))
    for step in STEPS:
        result = getattr(assigner, step).assign(priors, faces, ignored)
        for level, inds in enumerate(result.gt_inds.split([len(a) for a in levels])):
            kinds = torch.stack([(inds > 0).sum(), (inds == 0).sum(), (inds < 0).sum()])
            stats.counts[step][level] += kinds
        matched = result.gt_inds[result.gt_inds > 0].unique()
        stats.unmatched[step] += len(faces) - len(matched)
    heights = faces.bboxes[:, 3] - faces.bboxes[:, 1]
    stats.heights += torch.bucketize(heights, _EDGES, right=True).bincount(minlength=7)
    stats.num_samples += 1
    stats.num_faces += len(faces)


def format_anchor_stats(stats: AnchorStats) -> str:
    """The statistics as a text table."""
    total = sum(stats.anchors)
    lines = [f'{stats.num_samples} samples, {stats.num_faces} faces', '']
    lines.append(
        'level  stride  anchors   share    '
        + '    '.join(f'{step}: pos      neg  ignored' for step in STEPS)
    )
    for level, stride in enumerate(stats.strides):
        row = f'P{level + 2:<5}{stride:7d}{stats.anchors[level]:9d}'
        row += f'{stats.anchors[level] / total:8.2%} '
        for step in STEPS:
            pos, neg, ignored = stats.counts[step][level].tolist()
            row += f'{pos:14d}{neg:9d}{ignored:9d}'
        lines.append(row)
    low = sum(stats.anchors[:3]) / total
    lines += ['', f'The three low levels hold {low:.2%} (the paper says 88.9 %).']
    for step in STEPS:
        pos, neg, _ = stats.counts[step].sum(0).tolist()
        share = stats.unmatched[step] / max(stats.num_faces, 1)
        lines.append(
            f'{step} step: positives : negatives = 1 : {neg / max(pos, 1):.0f}; '
            f'{share:.1%} of the faces have no positive anchor'
        )
    names = ['<8', '8-16', '16-32', '32-64', '64-128', '128-256', '>=256']
    shares = stats.heights / max(stats.num_faces, 1)
    text = '  '.join(f'{n} {s:.1%}' for n, s in zip(names, shares, strict=True))
    lines.append(f'faces by height in pixels: {text}')
    return '\n'.join(lines)
