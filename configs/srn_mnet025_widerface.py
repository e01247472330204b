# The light SRN on WIDER FACE: what SRNInferencer and srn-faces use
_base_ = [
    './_base_/models/srn_mnet025_fpn.py',
    './_base_/datasets/wider_face.py',
    './_base_/schedules/srn_130e.py',
    './_base_/multi_scale_test.py',
    './_base_/default_runtime.py',
]

crop_size = 640
train_pipeline = [
    _base_.load_image,
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='RandomChoice',
        prob=[0.6, 0.4],
        transforms=[
            [dict(type='DataAnchorSampling', crop_size=crop_size, min_side=5)],
            [
                dict(type='RandomSquareCrop', scales=(0.3, 0.45, 0.6, 0.8, 1.0)),
                dict(type='Resize', scale=(crop_size, crop_size), keep_ratio=False),
            ],
        ],
    ),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackDetInputs'),
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))

optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.05)
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=300),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=1e-6,
        T_max=130,
    ),
]
auto_scale_lr = dict(base_batch_size=8)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=1))
custom_hooks = [
    dict(type='EpochSeedHook'),
    dict(type='ChannelsLastHook'),
    dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.001),
]
