# The backbone of RefineFace's 37.3 frames a second (arXiv:1909.04376)
_base_ = '../srn_r50_widerface.py'

neck = _base_.model.neck
neck[0].update(in_channels=[64, 128, 256, 512], downsample_channels=(256, 256))
model = dict(
    backbone=dict(
        depth=18,
        init_cfg=dict(
            checkpoint='https://download.pytorch.org/models/resnet18-f37072fd.pth'
        ),
    ),
    neck=neck,
)
