# The backbone of RefineFace's 37.3 frames a second (arXiv:1909.04376)
_base_ = '../srn_r50_widerface.py'

model = dict(
    backbone=dict(
        depth=18,
        init_cfg=dict(
            checkpoint='https://download.pytorch.org/models/resnet18-f37072fd.pth'
        ),
    ),
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[64, 128, 256, 512],
            out_channels=256,
            deferred_levels=(0, 1, 2),
            downsample_channels=(256, 256),
        ),
        dict(type='RFE', channels=256),
    ],
)
