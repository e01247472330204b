# What comes after srn_mnet025_widerface-subset, and what the package's weights end with:
# larger crops, as the high levels of small ones are mostly padding, and a loss of overlap
# for tighter boxes. 32 epochs take one core of a CPU with bfloat16 about 100 minutes
_base_ = './srn_mnet025_widerface-subset.py'

load_from = 'work_dirs/srn_mnet025_widerface-subset/epoch_56.pth'

# the backbone's weights come with load_from
model = dict(
    backbone=dict(init_cfg=None),
    bbox_head=dict(
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type='DIoULoss', loss_weight=2.0),
    ),
)

crop_size = 448
train_pipeline = [
    _base_.load_image,
    dict(type='LoadAnnotations', with_bbox=True),
    dict(
        type='RandomChoice',
        prob=[0.6, 0.4],
        transforms=[
            [
                dict(
                    type='DataAnchorSampling',
                    crop_size=crop_size,
                    sizes=(16, 32, 64, 128, 256),
                    min_side=5,
                )
            ],
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
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))

optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=32, val_interval=32)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=300),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=1e-6,
        T_max=32,
    ),
]
