"""A neck and a head that do not fit are one sentence when the detector is built."""

import copy

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import ConfigDict

from tests.test_models.made import HEAD, TEST, TRAIN, sample

FPN = dict(type='FPN', in_channels=[8, 16, 32, 64], out_channels=8, num_outs=6)
SRN = dict(FPN, type='SRNFPN', downsample_channels=(12, 8))
RFE = dict(type='RFE', channels=8)
GN, BN = dict(type='GN', num_groups=2), dict(type='BN')
RETINA = dict(type='RetinaHead', num_classes=1, in_channels=8, feat_channels=8)
RPN = dict(type='RPNHead', in_channels=8, feat_channels=8)
ANCHORS = dict(
    type='AnchorGenerator', scales=[8], ratios=[1.0], strides=[4, 8, 16, 32, 64, 128]
)


def build(
    neck,
    head,
    name='bbox_head',
    detector='SingleStageDetector',
    out_indices=(0, 1, 2, 3),
    **kwargs,
):
    backbone = dict(
        type='ResNet',
        depth=18,
        base_channels=8,
        stem_channels=8,
        out_indices=out_indices,
        norm_cfg=dict(type='BN'),
    )
    if name == 'bbox_head':
        kwargs = dict(train_cfg=TRAIN, test_cfg=TEST)
    return MODELS.build(
        copy.deepcopy(
            dict(type=detector, backbone=backbone, neck=neck, **{name: head}, **kwargs)
        )
    )


def srn(**kwargs):
    return dict(HEAD, type='SRNHead', **kwargs)


@pytest.mark.parametrize(
    'neck, head, said',
    [
        (FPN, srn(), 'SRNHead behind FPN: its first step reads C maps'),
        ([FPN, RFE], srn(), 'SRNHead behind FPN and RFE'),
        ([FPN, dict(RFE, channels=16)], RETINA, 'RFE.channels=16. behind FPN.*=8'),
        ([SRN, dict(RFE, num_maps=5)], srn(), 'num_maps=5.*leave out P maps'),
        (dict(SRN, num_outs=5), srn(), 'anchors for 6 levels, SRNFPN gives 5'),
        (dict(SRN, out_channels=16), srn(), r'in_channels=8\) behind .*=16'),
        (dict(SRN, first_levels=(0, 1)), srn(), r'gives those of \(0, 1\)'),
        (
            dict(SRN, first_levels=()),
            dict(srn(), type='STCHead'),
            r'set first_levels=\(0',
        ),
        (SRN, RETINA, 'RetinaHead never reads the C maps of SRNFPN'),
        (
            [dict(SRN, deferred_levels=(0, 1)), dict(RFE, norm_cfg=GN)],
            srn(),
            'RFE with GroupNorm behind',
        ),
        (
            [dict(SRN, with_cp=True), dict(RFE, norm_cfg=BN)],
            srn(),
            'RFE with batch norm behind',
        ),
        ([SRN, SRN], srn(), 'neck=SRNFPN and SRNFPN: SRNFPN comes first, once'),
        ([RFE, SRN], srn(), 'neck=RFE and SRNFPN: SRNFPN comes first'),
        (
            dict(SRN, in_channels=[8, 16, 32], first_levels=(0, 1, 2, 3, 4)),
            srn(),
            'gives 4 maps, SRNFPN.*reads 3',
        ),
        (None, srn(), 'SRNHead without a neck'),
    ],
)
def test_what_does_not_fit_is_refused(neck, head, said):
    with pytest.raises(ValueError, match=said):
        build(neck, head)


@pytest.mark.parametrize(
    'neck, head',
    [
        (SRN, srn()),
        ([SRN, RFE], srn()),
        (dict(SRN, first_levels=(0, 1, 2)), dict(srn(), type='STCHead')),
        (FPN, dict(srn(), type='TwoStepHead')),
        ([FPN, dict(RFE, norm_cfg=GN)], RETINA),
        (dict(SRN, first_levels=()), RETINA),
    ],
)
def test_what_fits_is_built(neck, head):
    assert build(neck, head).with_bbox


def test_another_heads_maps_are_tensors_though_the_neck_was_to_leave_them():
    """The headline's neck in a two-stage detector."""
    neck = [dict(SRN, deferred_levels=(0, 1, 2), with_cp=True), dict(RFE, with_cp=True)]
    roi_head = dict(
        type='StandardRoIHead',
        bbox_roi_extractor=dict(
            type='SingleRoIExtractor',
            roi_layer=dict(type='RoIAlign', output_size=3, sampling_ratio=0),
            out_channels=8,
            featmap_strides=[4, 8, 16, 32],
        ),
        bbox_head=dict(
            type='Shared2FCBBoxHead',
            in_channels=8,
            fc_out_channels=8,
            roi_feat_size=3,
            num_classes=1,
            loss_cls=dict(type='CrossEntropyLoss'),
            loss_bbox=dict(type='L1Loss'),
        ),
    )
    rcnn = dict(
        assigner=dict(type='MaxIoUAssigner', pos_iou_thr=0.5, neg_iou_thr=0.5),
        sampler=dict(type='RandomSampler', num=16, pos_fraction=0.5),
        pos_weight=-1,
    )
    cut = dict(
        nms_pre=50,
        max_per_img=20,
        nms=dict(type='nms', iou_threshold=0.7),
        min_bbox_size=0,
    )
    model = build(
        neck,
        srn(),
        'rpn_head',
        'TwoStageDetector',
        roi_head=roi_head,
        train_cfg=ConfigDict(rpn=TRAIN, rpn_proposal=cut, rcnn=rcnn),
        test_cfg=ConfigDict(
            rpn=cut,
            rcnn=dict(
                score_thr=0.0, nms=dict(type='nms', iou_threshold=0.5), max_per_img=5
            ),
        ),
    )
    torch.manual_seed(0)
    x = torch.randn(1, 3, 64, 64)
    losses = model.train().loss(x, [sample((10.0, 10, 40, 50))])
    loss, _ = model.parse_losses(losses)
    loss.backward()
    assert all(
        p.grad is not None for n, p in model.named_parameters() if p.requires_grad
    )
    with torch.no_grad():
        maps = model.eval().extract_feat(x)
        assert all(isinstance(feat, torch.Tensor) for feat in maps)
        found = model.predict(x, [sample()])[0].pred_instances
    assert len(found) == 5
