# One more epoch of srn_mnet025_str-32-64_6e_widerface-subset.py, of crops of 640x640
_base_ = './srn_mnet025_3e-640_widerface-subset.py'

load_from = 'work_dirs/srn_mnet025_str-32-64_6e_widerface-subset/epoch_6.pth'

model = dict(
    backbone=dict(init_cfg=None),  # its weights come with load_from
    train_cfg=dict(assigner=dict(max_positives=6)),
)

optim_wrapper = dict(optimizer=dict(lr=5e-4))
train_cfg = dict(max_epochs=1, val_interval=1)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=100)
param_scheduler[1].update(T_max=1)
