# Test only: PASCAL Face: images/ (of PASCAL VOC) and annotations/ under data_root
_base_ = [
    './_base_/models/srn_r50_fpn.py',
    './_base_/datasets/pascal-face.py',
    './_base_/multi_scale_test.py',
    './_base_/default_runtime.py',
]
