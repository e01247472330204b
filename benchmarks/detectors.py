"""The two detectors that the benchmarks compare, without pretrained weights."""

from pathlib import Path

import torch
from mmdet.registry import MODELS
from torch import nn

from srn_mmdet.apis.runner import load_config

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'


def srn(config: str, **head) -> nn.Module:
    cfg = load_config(str(CONFIGS / config)).model
    cfg.backbone.init_cfg = None
    cfg.bbox_head.update(head)
    return _build(cfg, 'conv_cls')


def retinanet(config: str, feat_channels: int | None = None) -> nn.Module:
    """mmdet's RetinaNet (four-convolution towers) on the same pyramid and anchors.

    In training it matches by the second step's rule, with mmdet's MaxIoUAssigner. Its
    towers are as wide as SRN's where ``feat_channels`` does not say otherwise.
    """
    cfg = load_config(str(CONFIGS / config)).model
    cfg.backbone.init_cfg = None
    neck = cfg.neck[0]
    cfg.neck = dict(
        type='FPN',
        in_channels=neck.in_channels,
        out_channels=neck.out_channels,
        num_outs=6,
        add_extra_convs='on_lateral',
        norm_cfg=neck.get('norm_cfg'),
    )
    head = cfg.bbox_head
    cfg.bbox_head = dict(
        type='RetinaHead',
        num_classes=1,
        in_channels=head.in_channels,
        feat_channels=feat_channels or head.feat_channels,
        stacked_convs=4,
        anchor_generator=head.anchor_generator,
        bbox_coder=head.bbox_coder,
        loss_cls=head.loss_cls,
        loss_bbox=head.loss_bbox,
        reg_decoded_bbox=head.get('reg_decoded_bbox', False),
    )
    rule = cfg.train_cfg.assigner.second
    cfg.train_cfg.assigner = dict(rule, type='MaxIoUAssigner')
    return _build(cfg, 'retina_cls')


def _build(cfg, prediction: str) -> nn.Module:
    torch.manual_seed(0)
    model = MODELS.build(cfg)
    # low scores, so that what comes after the network is small for all
    nn.init.constant_(getattr(model.bbox_head, prediction).bias, -6)
    return model
