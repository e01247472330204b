# RetinaNet with selective two-step regression
_base_ = 'mmdet::retinanet/retinanet_r50_fpn_1x_coco.py'
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(
    neck=dict(type='SRNFPN', first_levels=(-3, -2, -1)),
    bbox_head=dict(type='STRHead'),
    train_cfg=dict(assigner=dict(_delete_=True, type='TwoStepAssigner')),
)
