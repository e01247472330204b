# Faster R-CNN for faces with SRN, its own anchors and levels, in the place of the RPN
_base_ = [
    'mmdet::_base_/models/faster-rcnn_r50_fpn.py',
    '../_base_/datasets/wider_face.py',
    '../_base_/schedules/srn_130e.py',
    '../_base_/default_runtime.py',
]
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(
    neck=dict(type='SRNFPN', num_outs=6),
    rpn_head=dict(
        type='SRNHead',
        num_classes=1,
        anchor_generator=dict(
            scales=[2, 2 * 2**0.5],
            ratios=[1.25],
            strides=[4, 8, 16, 32, 64, 128],
            center_offset=0.5,
        ),
        bbox_coder=dict(target_stds=[0.1, 0.1, 0.2, 0.2]),
        loss_cls=dict(_delete_=True, type='FocalLoss', use_sigmoid=True),
        loss_bbox=dict(type='SmoothL1Loss'),
    ),
    roi_head=dict(bbox_head=dict(num_classes=1)),
    train_cfg=dict(
        rpn=dict(
            assigner=dict(_delete_=True, type='TwoStepAssigner'),
            sampler=dict(_delete_=True, type='PseudoSampler'),
        ),
    ),
    test_cfg=dict(rcnn=dict(max_per_img=750)),
)
