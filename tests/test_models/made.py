"""Small made inputs for the tests of the models."""

import torch
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData

SIZE = 64
CHANNELS = 8
STRIDES = (4, 8, 16, 32, 64, 128)

HEAD = dict(
    num_classes=1,
    in_channels=CHANNELS,
    feat_channels=CHANNELS,
    anchor_generator=dict(
        type='AnchorGenerator',
        scales=[2, 2 * 2**0.5],
        ratios=[1.25],
        strides=list(STRIDES),
        center_offset=0.5,
    ),
    bbox_coder=dict(
        type='DeltaXYWHBBoxCoder',
        target_means=(0.0, 0.0, 0.0, 0.0),
        target_stds=(0.1, 0.1, 0.2, 0.2),
    ),
    loss_cls=dict(type='FocalLoss', use_sigmoid=True, gamma=2.0, alpha=0.25),
    loss_bbox=dict(type='SmoothL1Loss', beta=1.0),
)
SECOND = dict(
    type='MaxIoUAssigner',
    pos_iou_thr=0.5,
    neg_iou_thr=0.4,
    min_pos_iou=0.4,
    ignore_iof_thr=0.5,
)
FIRST = dict(SECOND, pos_iou_thr=0.7, neg_iou_thr=0.3, min_pos_iou=0.3)
TRAIN = dict(
    assigner=dict(type='TwoStepAssigner', first=FIRST, second=SECOND),
    sampler=dict(type='PseudoSampler'),
    allowed_border=-1,
    pos_weight=-1,
    debug=False,
)
TEST = ConfigDict(
    nms_pre=2000,
    min_bbox_size=0,
    score_thr=0.0,
    nms=dict(type='nms', iou_threshold=0.5),
    max_per_img=750,
)


def gt(*boxes, ignore=()):
    """InstanceData of faces (x1, y1, x2, y2), and of regions to ignore."""

    def instances(rows):
        bboxes = torch.tensor(rows, dtype=torch.float).reshape(-1, 4)
        return InstanceData(
            bboxes=bboxes, labels=torch.zeros(len(bboxes), dtype=torch.long)
        )

    return instances(boxes), instances(ignore)


def meta(height=SIZE, width=SIZE):
    return dict(
        img_shape=(height, width),
        ori_shape=(height, width),
        pad_shape=(SIZE, SIZE),
        scale_factor=(1.0, 1.0),
    )


def sample(*boxes, ignore=(), height=SIZE, width=SIZE):
    data = DetDataSample(metainfo=meta(height, width))
    data.gt_instances, data.ignored_instances = gt(*boxes, ignore=ignore)
    return data


def maps(batch=1, channels=CHANNELS, size=SIZE, levels=range(6), seed=0):
    """One random map a level."""
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(batch, channels, -(-size // s), -(-size // s), generator=generator)
        for s in (STRIDES[level] for level in levels)
    )


def pyramid(batch=1, first=range(6), **kwargs):
    """P maps, then C maps."""
    return maps(batch, **kwargs) + maps(batch, levels=first, seed=1, **kwargs)


def kept_for_backward(run, x) -> int:
    """How many numbers ``run(x)`` keeps for the backward pass."""
    numbers = []

    def note(tensor):
        numbers.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        run(x)
    return sum(numbers)
