# The light SRN from ImageNet weights on 954 images: with --amp, 56 epochs of crops of
# 320x320 take one core of a CPU with bfloat16 about 100 minutes
_base_ = './srn_mnet025_widerface.py'

lists = '{{ fileDirname }}/_base_/datasets/wider_face_subset_'

crop_size = 320
train_pipeline = _base_.train_pipeline
train_pipeline[2].transforms[0][0].update(
    crop_size=crop_size, sizes=(16, 32, 64, 128, 256)
)
train_pipeline[2].transforms[1][1].update(scale=(crop_size, crop_size))
train_dataloader = dict(
    num_workers=1,
    dataset=dict(image_list=lists + 'train.txt', pipeline=train_pipeline),
)
val_dataloader = dict(dataset=dict(image_list=lists + 'val.txt'))
test_dataloader = val_dataloader
val_evaluator = dict(image_list=lists + 'val.txt')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=56, val_interval=56)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=56)
