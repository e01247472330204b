# The light SRN in a short training of crops of 640x640, beside which stand the rows of
# the paper's table (*_mnet025_*3e-640_*): as many pixels as in
# srn_mnet025_6e_widerface-subset.py, but the map of stride 128 sees in training nearly
# what it sees in a picture
_base_ = './srn_mnet025_str-32-64_6e_widerface-subset.py'

model = dict(train_cfg=dict(assigner=dict(max_positives=None)))

train_pipeline = _base_.train_pipeline
train_pipeline[2].transforms[0][0].update(crop_size=640)
train_pipeline[2].transforms[1][1].update(scale=(640, 640))
train_dataloader = dict(batch_size=2, dataset=dict(pipeline=train_pipeline))

train_cfg = dict(max_epochs=3, val_interval=3)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=3)
