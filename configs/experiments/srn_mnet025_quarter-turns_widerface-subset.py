# One more epoch of srn_mnet025_augmented_widerface-subset.py, in which half the crops lie
# on a side
_base_ = './srn_mnet025_augmented_widerface-subset.py'

load_from = 'work_dirs/srn_mnet025_augmented_widerface-subset/epoch_12.pth'

train_pipeline = _base_.train_pipeline
train_pipeline.insert(3, dict(type='Rotate', prob=0.5, min_mag=90.0, max_mag=90.0))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

optim_wrapper = dict(optimizer=dict(lr=3e-4))
train_cfg = dict(max_epochs=1, val_interval=1)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=100)
param_scheduler[1].update(T_max=1)
