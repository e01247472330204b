# FDDB: originalPics/ and FDDB-folds/ under data_root
_base_ = './face_test.py'

data_root = 'data/fddb/'
ann_file = 'FDDB-folds'
test_dataloader = dict(
    dataset=dict(
        type='FDDB',
        data_root=data_root,
        ann_file=ann_file,
        data_prefix=dict(img='originalPics'),
    )
)
test_evaluator = dict(type='FDDBMetric', ground_truth=data_root + ann_file)
