# RetinaNet, matched as SRN's second step is
_base_ = 'mmdet::retinanet/retinanet_r50_fpn_1x_coco.py'
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(train_cfg=dict(assigner=dict(_delete_=True, type='TwoStepAssigner')))
