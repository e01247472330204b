# SRN on mmdet's RetinaNet ResNet-50 model: section 3 of the paper
_base_ = 'mmdet::_base_/models/retinanet_r50_fpn.py'
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(
    # as the release trains: only the stem is frozen, all batch norm learns
    backbone=dict(
        frozen_stages=0,
        norm_eval=False,
        # torchvision://resnet50, without the need for torchvision
        init_cfg=dict(
            checkpoint='https://download.pytorch.org/models/resnet50-0676ba61.pth'
        ),
    ),
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[256, 512, 1024, 2048],
            out_channels=256,
            deferred_levels=(0, 1, 2),
            with_cp=True,
        ),
        dict(type='RFE', channels=256, with_cp=True),
    ],
    bbox_head=dict(
        type='SRNHead',
        num_classes=1,
        stacked_convs=2,
        # STC on strides 4, 8, 16 with theta = 0.99, STR on 32, 64, 128: the heads'
        # defaults, so that type='STCHead' or 'STRHead' alone is all a config changes
        anchor_generator=dict(
            _delete_=True,
            type='AnchorGenerator',
            scales=[2, 2 * 2**0.5],  # 8 to 362 px
            ratios=[1.25],  # height : width
            strides=[4, 8, 16, 32, 64, 128],
            center_offset=0.5,
        ),
        # the stds of the release's training settings
        bbox_coder=dict(target_stds=[0.1, 0.1, 0.2, 0.2]),
        loss_bbox=dict(type='SmoothL1Loss', beta=1.0, loss_weight=1.0),
    ),
    train_cfg=dict(
        assigner=dict(
            _delete_=True,
            type='TwoStepAssigner',
            first=dict(
                type='SparseMaxIoUAssigner',
                pos_iou_thr=0.7,
                neg_iou_thr=0.3,
                min_pos_iou=0.3,
                ignore_iof_thr=0.5,
            ),
            second=dict(
                type='SparseMaxIoUAssigner',
                pos_iou_thr=0.5,
                neg_iou_thr=0.4,
                min_pos_iou=0.4,
                ignore_iof_thr=0.5,
            ),
        ),
    ),
    test_cfg=dict(
        nms_pre=2000,  # a level
        score_thr=0.01,
        nms=dict(iou_threshold=0.5),
        max_per_img=750,
    ),
)
