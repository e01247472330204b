# The light SRN on 954 images, as the package's weights were trained: with --amp, 56
# epochs of crops of 320x320 take one core of a CPU with bfloat16 about 100 minutes
_base_ = './srn_mnet025_widerface.py'

crop_size = 320
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
train_dataloader = dict(
    num_workers=1,
    dataset=dict(image_list='subset_train.txt', pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(image_list='subset_val.txt'))
test_dataloader = val_dataloader
val_evaluator = dict(image_list=_base_.data_root + 'subset_val.txt')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=56, val_interval=56)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=300),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=1e-6,
        T_max=56,
    ),
]
