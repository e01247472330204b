# The light SRN from ImageNet weights in one training, beside a one-step detector's
# (retinanet_mnet025_60e_widerface-subset.py): crops of 448x448 and the loss of overlap
# from the start, 57,360 crops; 60 epochs take one core of a CPU with bfloat16 three hours
_base_ = './srn_mnet025_shared_finetune_widerface-subset.py'

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

train_pipeline = _base_.train_pipeline
train_pipeline[2].transforms[0][0].update(sizes=(12, 24, 48, 96, 192))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))

optim_wrapper = dict(optimizer=dict(lr=1.5e-3))
train_cfg = dict(max_epochs=60, val_interval=60)
param_scheduler = _base_.param_scheduler
param_scheduler[1].update(T_max=60)
# all epochs are kept: their APs show where the detectors' lines cross
default_hooks = dict(checkpoint=dict(max_keep_ckpts=-1))
