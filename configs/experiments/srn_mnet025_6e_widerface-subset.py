# The light SRN as it is now, from ImageNet weights in one short training, beside a
# one-step detector's (retinanet_mnet025_6e_widerface-subset.py): 6 epochs of 2,496
# images, 14,976 crops of 448x448, in which the learning rate comes down to nothing
_base_ = '../srn_mnet025_finetune_widerface-subset.py'

load_from = None

model = dict(
    backbone=dict(
        init_cfg=dict(
            _delete_=True,
            type='Pretrained',
            checkpoint='data/weights/mobilenet_v1_x0.25_imagenet.pth',
        )
    ),
    # mmdet's heads have no voting: both are compared by NMS
    test_cfg=dict(score_thr=0.01, nms=dict(type='nms', iou_threshold=0.5)),
)

optim_wrapper = dict(optimizer=dict(lr=1.5e-3))
train_cfg = dict(max_epochs=6, val_interval=6)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=6)
