# SoftTeacher, which wants two stages: its student and teacher have SRN as RPN
_base_ = (
    'mmdet::soft_teacher/soft-teacher_faster-rcnn_r50-caffe_fpn_180k_semi-0.1-coco.py'
)
custom_imports = dict(imports=['srn_mmdet'], allow_failed_imports=False)

detector = _base_.model.detector
detector.neck.type = 'SRNFPN'
detector.rpn_head.update(type='SRNHead', num_classes=1, stc_levels=(0, 1))
detector.train_cfg.rpn.assigner = dict(type='TwoStepAssigner')
model = dict(detector=detector)
