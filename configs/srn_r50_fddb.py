# Test only: FDDB: originalPics/ and FDDB-folds/ under data_root
_base_ = [
    './_base_/models/srn_r50_fpn.py',
    './_base_/datasets/fddb.py',
    './_base_/multi_scale_test.py',
    './_base_/default_runtime.py',
]
