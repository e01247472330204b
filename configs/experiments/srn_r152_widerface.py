_base_ = '../srn_r50_widerface.py'

model = dict(
    backbone=dict(
        depth=152,
        init_cfg=dict(
            checkpoint='https://download.pytorch.org/models/resnet152-394f9c45.pth'
        ),
    )
)
