# STR alone
_base_ = './srn_mnet025_12e_widerface-subset.py'

model = dict(
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[32, 64, 128, 256],
            out_channels=64,
            downsample_channels=(128, 64),
            first_levels=(3, 4, 5),
            norm_cfg=dict(type='BN'),
        ),
        dict(type='RFE', channels=64),
    ],
    bbox_head=dict(type='STRHead'),
)
