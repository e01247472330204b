# The light SRN: MobileNetV1 x0.25 and 64 channels, otherwise SRN-R50
_base_ = './srn_r50_fpn.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='MobileNetV1',
        widen_factor=0.25,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='data/weights/mobilenet_v1_x0.25_imagenet.pth',
        ),
    ),
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[32, 64, 128, 256],
            out_channels=64,
            deferred_levels=(0, 1, 2),
            downsample_channels=(128, 64),
        ),
        dict(type='RFE', channels=64),
    ],
    bbox_head=dict(in_channels=64, feat_channels=64),
)
