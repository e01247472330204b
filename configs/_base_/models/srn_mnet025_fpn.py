# The light SRN: MobileNetV1 x0.25 and 64 channels. Otherwise SRN-R50, but for a first
# step of its own (docs/design.md): one depthwise convolution on the sums of the pyramid,
# not the second step's towers behind RFE, which would cost everywhere what they cost
# where the second step is needed
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
    # batch norm in the neck, where each level has its own
    neck=[
        dict(
            type='SRNFPN',
            in_channels=[32, 64, 128, 256],
            out_channels=64,
            deferred_levels=(0, 1, 2),
            first_sums=(0, 1, 2),
            downsample_channels=(128, 64),
            norm_cfg=dict(type='BN'),
        ),
        dict(type='RFE', channels=64, num_maps=6),
    ],
    bbox_head=dict(
        in_channels=64,
        feat_channels=64,
        first_step=dict(feat_channels=32, depthwise=True),
    ),
    # short trainings want more positives than the paper's .7/.3 and .5/.4 give
    train_cfg=dict(
        assigner=dict(
            first=dict(pos_iou_thr=0.5),
            second=dict(pos_iou_thr=0.4, neg_iou_thr=0.3, min_pos_iou=0.3),
        )
    ),
    # chosen on training images: the focal loss of a short training leaves much easy
    # background above .01 of STC; voting at a lower overlap than NMS had, for tighter
    # boxes and fewer second ones
    test_cfg=dict(
        stc_score_thr=0.05,
        score_thr=0.05,
        nms=dict(type='box_voting', iou_threshold=0.4),
    ),
)
