# Faster R-CNN with SRN as its RPN; RoI heads read P2..P5, which come first
_base_ = 'mmdet::faster_rcnn/faster-rcnn_r50_fpn_1x_coco.py'
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(
    neck=dict(type='SRNFPN'),
    rpn_head=dict(type='SRNHead', num_classes=1, stc_levels=(0, 1)),
    train_cfg=dict(rpn=dict(assigner=dict(_delete_=True, type='TwoStepAssigner'))),
)
