# PASCAL Face: images/ (of PASCAL VOC) and annotations/ under data_root
_base_ = './face_test.py'

data_root = 'data/pascal_face/'
ann_file = 'annotations/Annotations_Face_PASCALLayout_large_fixed.mat'
test_dataloader = dict(
    dataset=dict(
        type='PASCALFace',
        data_root=data_root,
        ann_file=ann_file,
        data_prefix=dict(img='images'),
    )
)
test_evaluator = dict(type='FaceAPMetric', ground_truth=data_root + ann_file)
