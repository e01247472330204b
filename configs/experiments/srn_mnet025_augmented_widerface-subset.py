# The package's weights of before trained on: the augmentation of
# srn_mnet025_augment_widerface-subset.py, but STR on strides 32 and 64 alone, STC's
# threshold of the paper in training, a face's six best anchors, fewer large faces
_base_ = '../srn_mnet025_augment_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_levels=(0, 1, 2, 3, 4))
model = dict(
    neck=neck,
    bbox_head=dict(str_levels=(3, 4), stc_score_thr=0.01),
    train_cfg=dict(assigner=dict(max_positives=6)),
)

train_pipeline = _base_.train_pipeline
train_pipeline[2].transforms[0][0].update(sizes=(12, 16, 24, 48, 96, 192, 384))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
