# RetinaNet with RFE behind its FPN
_base_ = 'mmdet::retinanet/retinanet_r50_fpn_1x_coco.py'
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(neck=[_base_.model.neck, dict(type='RFE', channels=256)])
