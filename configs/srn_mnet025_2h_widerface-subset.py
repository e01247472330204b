# What one core trains in about two and a half hours with --amp: crops of 384x384
_base_ = './srn_mnet025_widerface.py'

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
                    crop_size=384,
                    sizes=(16, 32, 64, 128, 256),
                    min_side=5,
                )
            ],
            [
                dict(type='RandomSquareCrop', scales=(0.3, 0.45, 0.6, 0.8, 1.0)),
                dict(type='Resize', scale=(384, 384), keep_ratio=False),
            ],
        ],
    ),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackDetInputs'),
]
train_dataloader = dict(
    num_workers=1,
    dataset=dict(image_list='subset_train.txt', pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(image_list='subset_val.txt'))
test_dataloader = val_dataloader
val_evaluator = dict(image_list=_base_.data_root + 'subset_val.txt')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=40, val_interval=40)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=200),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=1e-6,
        T_max=40,
    ),
]
