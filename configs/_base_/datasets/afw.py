# AFW: images/ and annotations/new_annotations_AFW.mat under data_root
_base_ = './face_test.py'

data_root = 'data/afw/'
ann_file = 'annotations/new_annotations_AFW.mat'
test_dataloader = dict(
    dataset=dict(
        type='AFW',
        data_root=data_root,
        ann_file=ann_file,
        data_prefix=dict(img='images'),
    )
)
test_evaluator = dict(type='FaceAPMetric', ground_truth=data_root + ann_file)
