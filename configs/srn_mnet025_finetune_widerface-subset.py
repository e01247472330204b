# How the training of the package's weights went on: 16 epochs of larger crops of 2,496
# images, with a loss of overlap for tighter boxes. One core of a CPU with bfloat16 takes
# 134 minutes
_base_ = './srn_mnet025_widerface-subset.py'

# what grow_weights.py made of the weights before: docs/results.md
load_from = 'work_dirs/srn_mnet025_grown.pth'

# the backbone's weights come with load_from
model = dict(
    backbone=dict(init_cfg=None),
    bbox_head=dict(
        stc_score_thr=0.05,  # as in the test: the second step learns what it is asked
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type='DIoULoss', loss_weight=2.0),
    ),
)

crop_size = 448
train_pipeline = _base_.train_pipeline
train_pipeline[2].prob = [0.5, 0.5]
train_pipeline[2].transforms = [
    [
        dict(
            type='DataAnchorSampling',
            crop_size=crop_size,
            min_side=5,
            sizes=(12, 24, 48, 96, 192, 384),
        )
    ],
    [
        dict(
            type='ExpandSquareCrop',
            prob=0.4,
            ratio_range=(1, 2.5),
            scales=(0.3, 0.45, 0.6, 0.8, 1.0),
        ),
        dict(type='Resize', scale=(crop_size, crop_size), keep_ratio=False),
    ],
]
train_dataloader = dict(
    batch_size=4,
    persistent_workers=True,
    dataset=dict(
        image_list=_base_.lists + 'train_2496.txt',
        pipeline=train_pipeline,
    ),
)

optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=16, val_interval=16)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=16)
