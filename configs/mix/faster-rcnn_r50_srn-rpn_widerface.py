# mmdet's Faster R-CNN with SRN in the place of its RPN
_base_ = [
    'mmdet::_base_/models/faster-rcnn_r50_fpn.py',
    '../_base_/datasets/wider_face.py',
    '../_base_/schedules/srn_130e.py',
    '../_base_/default_runtime.py',
]
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

step = dict(
    type='SparseMaxIoUAssigner',
    pos_iou_thr=0.5,
    neg_iou_thr=0.4,
    min_pos_iou=0.4,
    ignore_iof_thr=0.5,
)
model = dict(
    neck=dict(type='SRNFPN', num_outs=6),
    rpn_head=dict(
        _delete_=True,
        type='SRNHead',
        num_classes=1,
        in_channels=256,
        feat_channels=256,
        anchor_generator=dict(
            type='AnchorGenerator',
            scales=[2, 2 * 2**0.5],
            ratios=[1.25],
            strides=[4, 8, 16, 32, 64, 128],
            center_offset=0.5,
        ),
        bbox_coder=dict(type='DeltaXYWHBBoxCoder', target_stds=[0.1, 0.1, 0.2, 0.2]),
        loss_cls=dict(type='FocalLoss', use_sigmoid=True, gamma=2.0, alpha=0.25),
        loss_bbox=dict(type='SmoothL1Loss', beta=1.0),
    ),
    roi_head=dict(bbox_head=dict(num_classes=1)),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(
                _delete_=True,
                type='TwoStepAssigner',
                first=dict(step, pos_iou_thr=0.7, neg_iou_thr=0.3, min_pos_iou=0.3),
                second=step,
            ),
            sampler=dict(_delete_=True, type='PseudoSampler'),
        ),
    ),
    test_cfg=dict(rcnn=dict(max_per_img=750)),
)
