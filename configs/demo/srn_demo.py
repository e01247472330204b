# A small SRN that two cores train in minutes on the drawn data set (tools/demo)
_base_ = [
    '../_base_/models/srn_r50_fpn.py',
    '../_base_/datasets/wider_face.py',
    '../_base_/schedules/srn_130e.py',
    '../_base_/multi_scale_test.py',
    '../_base_/default_runtime.py',
]
data_root = 'demo_out/data/'

model = dict(
    backbone=dict(depth=18, base_channels=16, frozen_stages=-1, init_cfg=None),
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[16, 32, 64, 128],
            out_channels=32,
            deferred_levels=(0, 1, 2),
            downsample_channels=(64, 32),
        ),
        dict(type='RFE', channels=32),
    ],
    bbox_head=dict(in_channels=32, feat_channels=32),
    test_cfg=dict(score_thr=0.02),
)

train_pipeline = [
    _base_.load_image,
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='RandomSquareCrop', scales=(0.45, 0.7, 1.0)),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackDetInputs'),
]
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    dataset=dict(
        _delete_=True,
        type='RepeatDataset',
        times=4,
        dataset=dict(
            type='WIDERFace',
            data_root=data_root,
            ann_file='wider_face_split/wider_face_train_bbx_gt.txt',
            data_prefix=dict(img='WIDER_train/images'),
            pipeline=train_pipeline,
        ),
    ),
)
val_dataloader = dict(num_workers=1, dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
val_evaluator = dict(ground_truth=data_root + 'eval_tools/ground_truth')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=8, val_interval=4)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=60),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        begin=0,
        end=8,
        eta_min=2e-5,
    ),
]
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.01)
)
auto_scale_lr = dict(base_batch_size=8)
default_hooks = dict(logger=dict(interval=10))
randomness = dict(seed=0)
