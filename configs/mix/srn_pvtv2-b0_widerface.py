# SRN on PVT v2 B0
_base_ = '../srn_r50_widerface.py'

neck = _base_.model.neck
neck[0].in_channels = [32, 64, 160, 256]
model = dict(
    backbone=dict(
        _delete_=True,
        type='PyramidVisionTransformerV2',
        embed_dims=32,
        num_layers=[2, 2, 2, 2],
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://github.com/whai362/PVT/releases/download/v2/pvt_v2_b0.pth',
        ),
    ),
    neck=neck,
)
