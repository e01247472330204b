# One more epoch of srn_mnet025_augmented_widerface-subset.py, in which half the crops lie
# on a side
_base_ = './srn_mnet025_augmented-more_widerface-subset.py'

train_pipeline = _base_.train_pipeline
train_pipeline.insert(3, dict(type='Rotate', prob=0.5, min_mag=90.0, max_mag=90.0))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
