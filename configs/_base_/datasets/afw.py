# AFW: images/ and annotations/new_annotations_AFW.mat under data_root
data_root = 'data/afw/'
ann_file = 'annotations/new_annotations_AFW.mat'

test_pipeline = [
    dict(type='LoadImageFromFile', color_type='color_ignore_orientation'),
    dict(type='Resize', scale_factor=1.0, keep_ratio=True),
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]
test_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=False,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='AFW',
        data_root=data_root,
        ann_file=ann_file,
        data_prefix=dict(img='images'),
        pipeline=test_pipeline,
    ),
)
test_evaluator = dict(type='FaceAPMetric', ground_truth=data_root + ann_file)
test_cfg = dict(type='TestLoop')
