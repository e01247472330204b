# SRN on RegNetX 800MF
_base_ = '../srn_r50_widerface.py'

neck = _base_.model.neck
neck[0].in_channels = [64, 128, 288, 672]
model = dict(
    data_preprocessor=dict(  # as its weights were trained
        mean=[103.53, 116.28, 123.675], std=[57.375, 57.12, 58.395], bgr_to_rgb=False
    ),
    backbone=dict(
        _delete_=True,
        type='RegNet',
        arch='regnetx_800mf',
        init_cfg=dict(type='Pretrained', checkpoint='open-mmlab://regnetx_800mf'),
    ),
    neck=neck,
)
