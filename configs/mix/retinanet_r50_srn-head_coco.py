# RetinaNet with SRN's head: five levels, of which STC has two and STR the paper's three
_base_ = 'mmdet::retinanet/retinanet_r50_fpn_1x_coco.py'
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(
    neck=dict(type='SRNFPN'),
    bbox_head=dict(type='SRNHead', stc_levels=(0, 1)),
    train_cfg=dict(assigner=dict(_delete_=True, type='TwoStepAssigner')),
)
