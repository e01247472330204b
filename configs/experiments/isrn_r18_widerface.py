# ISRN (arXiv:1901.06651), what helped there: from scratch with GroupNorm, data-anchor-
# sampling, 260 epochs. Not its new root block, nor its pre-training on COCO
_base_ = './srn_r18_widerface.py'

model = dict(
    backbone=dict(
        frozen_stages=-1,
        norm_cfg=dict(_delete_=True, type='GN', num_groups=32),
        init_cfg=None,
    )
)

train_pipeline = [
    _base_.load_image,
    dict(type='LoadAnnotations', with_bbox=True),
    dict(type='DataAnchorSampling', crop_size=1024),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackDetInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

train_cfg = dict(max_epochs=260)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=500),
    dict(type='MultiStepLR', by_epoch=True, milestones=[200, 240], gamma=0.1),
]
