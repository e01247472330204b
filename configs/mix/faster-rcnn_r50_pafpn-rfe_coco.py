# Faster R-CNN with RFE behind PAFPN
_base_ = 'mmdet::pafpn/faster-rcnn_r50_pafpn_1x_coco.py'
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

model = dict(neck=[_base_.model.neck, dict(type='RFE', channels=256)])
