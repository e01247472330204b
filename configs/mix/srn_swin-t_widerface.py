# SRN on Swin-T
_base_ = '../srn_r50_widerface.py'

neck = _base_.model.neck
neck[0].in_channels = [96, 192, 384, 768]
model = dict(
    backbone=dict(
        _delete_=True,
        type='SwinTransformer',
        drop_path_rate=0.2,
        convert_weights=True,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://github.com/SwinTransformer/storage/releases/download/v1.0.0/swin_tiny_patch4_window7_224.pth',
        ),
    ),
    neck=neck,
)
