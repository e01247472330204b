# SRN on ResNeXt-101 32x4d
_base_ = '../srn_r50_widerface.py'

neck = _base_.model.neck
neck[0].in_channels = [256, 512, 1024, 2048]
model = dict(
    backbone=dict(
        _delete_=True,
        type='ResNeXt',
        depth=101,
        groups=32,
        base_width=4,
        init_cfg=dict(type='Pretrained', checkpoint='open-mmlab://resnext101_32x4d'),
    ),
    neck=neck,
)
