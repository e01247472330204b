# The ablation's budget: 12 epochs, 11,448 crops
_base_ = './srn_mnet025_shared_widerface-subset.py'

# by NMS: box voting came after these runs
model = dict(test_cfg=dict(score_thr=0.01, nms=dict(type='nms', iou_threshold=0.5)))

train_cfg = dict(max_epochs=12, val_interval=12)
param_scheduler = _base_.param_scheduler
param_scheduler[0].update(end=150)
param_scheduler[1].update(T_max=12)
