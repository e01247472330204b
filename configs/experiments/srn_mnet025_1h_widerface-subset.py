# What a machine with two cores trains in about an hour: 11,448 crops of 320x320
_base_ = [
    '../_base_/models/srn_mnet025_fpn.py',
    '../_base_/datasets/wider_face.py',
    '../_base_/schedules/srn_130e.py',
    '../_base_/default_runtime.py',
]

# as it was then: no batch norm in the neck, the paper's shared first step and matching
model = dict(
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[32, 64, 128, 256],
            out_channels=64,
            deferred_levels=(0, 1, 2),
            downsample_channels=(128, 64),
        ),
        dict(type='RFE', channels=64),
    ],
    bbox_head=dict(first_step=None),
    train_cfg=dict(
        assigner=dict(
            first=dict(pos_iou_thr=0.7),
            second=dict(pos_iou_thr=0.5, neg_iou_thr=0.4, min_pos_iou=0.4),
        )
    ),
    test_cfg=dict(
        stc_score_thr=0.01, score_thr=0.01, nms=dict(type='nms', iou_threshold=0.5)
    ),
)

lists = '{{ fileDirname }}/../_base_/datasets/wider_face_subset_'

train_pipeline = [
    _base_.load_image,
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='RandomSquareCrop', scales=(0.3, 0.45, 0.6, 0.8, 1.0)),
    dict(type='Resize', scale=(320, 320), keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackDetInputs'),
]
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(image_list=lists + 'train.txt', pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(image_list=lists + 'val.txt'))
test_dataloader = val_dataloader
val_evaluator = dict(image_list=lists + 'val.txt')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=12, val_interval=12)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        begin=0,
        end=12,
        eta_min=1e-5,
    ),
]
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=1e-3, weight_decay=0.01)
)
auto_scale_lr = dict(base_batch_size=8)
