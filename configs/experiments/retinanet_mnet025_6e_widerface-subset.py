# The one-step detector beside the light SRN: mmdet's RetinaNet, four-convolution towers,
# on the same backbone, pyramid P2-P7, anchors, matching, losses, data and budget
_base_ = './srn_mnet025_6e_widerface-subset.py'

model = dict(
    neck=dict(
        _delete_=True,
        type='FPN',
        in_channels=[32, 64, 128, 256],
        out_channels=64,
        add_extra_convs='on_lateral',
        num_outs=6,
        norm_cfg=dict(type='BN'),
    ),
    bbox_head=dict(
        _delete_=True,
        type='RetinaHead',
        num_classes=1,
        in_channels=64,
        feat_channels=32,
        stacked_convs=4,
        anchor_generator=_base_.model.bbox_head.anchor_generator,
        bbox_coder=_base_.model.bbox_head.bbox_coder,
        loss_cls=_base_.model.bbox_head.loss_cls,
        reg_decoded_bbox=True,
        loss_bbox=_base_.model.bbox_head.loss_bbox,
    ),
    train_cfg=dict(
        assigner=dict(_delete_=True, **_base_.model.train_cfg.assigner.second)
    ),
)
