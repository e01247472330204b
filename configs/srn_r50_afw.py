# Test only: AFW: images/ and annotations/new_annotations_AFW.mat under data_root
_base_ = [
    './_base_/models/srn_r50_fpn.py',
    './_base_/datasets/afw.py',
    './_base_/multi_scale_test.py',
    './_base_/default_runtime.py',
]
