# AInnoFace (arXiv:1905.01585): SRN with IoU loss, max-out scores, data-anchor-sampling
_base_ = './srn_r152_widerface.py'

model = dict(
    bbox_head=dict(
        type='MaxOutSRNHead',
        num_face=3,
        num_background=3,
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type='IoULoss', loss_weight=2.0),
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
