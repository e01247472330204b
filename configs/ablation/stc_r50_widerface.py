# STC alone: two steps of classification
_base_ = '../srn_r50_widerface.py'

model = dict(
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[256, 512, 1024, 2048],
            out_channels=256,
            deferred_levels=(0, 1, 2),
            first_levels=(0, 1, 2),  # what nobody reads is not built
        ),
        dict(type='RFE', channels=256),
    ],
    bbox_head=dict(type='STCHead'),
)
