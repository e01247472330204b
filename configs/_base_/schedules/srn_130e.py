# 1e-2 for 100 epochs, 1e-3 for 20, 1e-4 for 10, at 32 images a step
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=130, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')

param_scheduler = [
    # warm-up and clipping are not in the paper: without them, training on WIDER FACE
    # is known to run into NaN in the first epoch
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=500),
    dict(type='MultiStepLR', by_epoch=True, milestones=[100, 120], gamma=0.1),
]

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0.0001),
    clip_grad=dict(max_norm=35, norm_type=2),
)

auto_scale_lr = dict(enable=False, base_batch_size=32)  # 8 GPUs x 4 images
