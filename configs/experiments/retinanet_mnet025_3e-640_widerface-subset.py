# The one-step detector beside srn_mnet025_3e-640_widerface-subset.py
_base_ = './retinanet_mnet025_6e_widerface-subset.py'

train_pipeline = _base_.train_pipeline
train_pipeline[2].transforms[0][0].update(crop_size=640)
train_pipeline[2].transforms[1][1].update(scale=(640, 640))
train_dataloader = dict(batch_size=2, dataset=dict(pipeline=train_pipeline))

train_cfg = dict(max_epochs=3, val_interval=3)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=3)
