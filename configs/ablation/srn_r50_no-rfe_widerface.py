# SRN without RFE
_base_ = '../srn_r50_widerface.py'

model = dict(
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[256, 512, 1024, 2048],
            out_channels=256,
            deferred_levels=(0, 1, 2),
        )
    ]
)
