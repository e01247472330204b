# Neither STC nor STR: one step, the same towers
_base_ = './srn_mnet025_12e_widerface-subset.py'

model = dict(
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[32, 64, 128, 256],
            out_channels=64,
            first_levels=(),
            norm_cfg=dict(type='BN'),
        ),
        dict(type='RFE', channels=64),
    ],
    bbox_head=dict(type='TwoStepHead'),
)
