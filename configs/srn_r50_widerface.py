_base_ = [
    './_base_/models/srn_r50_fpn.py',
    './_base_/datasets/wider_face.py',
    './_base_/schedules/srn_130e.py',
    './_base_/multi_scale_test.py',
    './_base_/default_runtime.py',
]
