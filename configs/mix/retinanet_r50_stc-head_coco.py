# RetinaNet with selective two-step classification
_base_ = 'mmdet::retinanet/retinanet_r50_fpn_1x_coco.py'
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(
    neck=dict(type='SRNFPN', first_levels=(0, 1, 2)),
    bbox_head=dict(type='STCHead'),
    train_cfg=dict(assigner=dict(_delete_=True, type='TwoStepAssigner')),
)
