# One more epoch of srn_mnet025_augmented_widerface-subset.py, of crops of 640x640
_base_ = './srn_mnet025_augmented-more_widerface-subset.py'

crop_size = 640
train_pipeline = _base_.train_pipeline
train_pipeline[2].transforms[0][0].update(crop_size=crop_size)
train_pipeline[2].transforms[1][1].update(scale=(crop_size, crop_size))
train_pipeline[2].transforms[2][1].update(scale=(crop_size // 2, crop_size // 2))
train_pipeline[2].transforms[2][2].update(img_scale=(crop_size // 2, crop_size // 2))
train_pipeline[2].transforms[2][3].update(scale=(crop_size, crop_size))
train_pipeline[3].transforms[1][0].update(
    scales=[(side, side) for side in (224, 320, 416, 512)]
)
train_pipeline[3].transforms[1][1].update(scale=(crop_size, crop_size))
train_dataloader = dict(batch_size=2, dataset=dict(pipeline=train_pipeline))
