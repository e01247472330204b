# FDDB: originalPics/ and FDDB-folds/ under data_root
data_root = 'data/fddb/'
ann_file = 'FDDB-folds'

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
        type='FDDB',
        data_root=data_root,
        ann_file=ann_file,
        data_prefix=dict(img='originalPics'),
        pipeline=test_pipeline,
    ),
)
test_evaluator = dict(type='FDDBMetric', ground_truth=data_root + ann_file)
test_cfg = dict(type='TestLoop')
