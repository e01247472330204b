# One more epoch of srn_mnet025_augmented_widerface-subset.py
_base_ = './srn_mnet025_augmented_widerface-subset.py'

load_from = 'work_dirs/srn_mnet025_augmented_widerface-subset/epoch_12.pth'

optim_wrapper = dict(optimizer=dict(lr=3e-4))
train_cfg = dict(max_epochs=1, val_interval=1)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=100)
param_scheduler[1].update(T_max=1)
