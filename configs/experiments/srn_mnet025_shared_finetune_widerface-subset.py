# What comes after srn_mnet025_shared_widerface-subset in the light SRN's training:
# larger crops, as the high levels of small ones are mostly padding, and a loss of overlap
# for tighter boxes. 32 epochs take one core of a CPU with bfloat16 about 100 minutes
_base_ = './srn_mnet025_shared_widerface-subset.py'

load_from = 'work_dirs/srn_mnet025_shared_widerface-subset/epoch_56.pth'

# the backbone's weights come with load_from
model = dict(
    backbone=dict(init_cfg=None),
    bbox_head=dict(
        reg_decoded_bbox=True,
        loss_bbox=dict(_delete_=True, type='DIoULoss', loss_weight=2.0),
    ),
)

crop_size = 448
train_pipeline = _base_.train_pipeline
train_pipeline[2].transforms[0][0].update(crop_size=crop_size)
train_pipeline[2].transforms[1][1].update(scale=(crop_size, crop_size))
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))

optim_wrapper = dict(optimizer=dict(lr=1e-3))
train_cfg = dict(max_epochs=32, val_interval=32)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=32)
