# WIDER FACE as it is distributed: WIDER_{train,val,test}/, wider_face_split/ and, for
# the evaluation, eval_tools/ground_truth/*.mat under data_root
dataset_type = 'WIDERFace'
data_root = 'data/wider_face/'
backend_args = None

# boxes are annotated on the raw pixels
load_image = dict(
    type='LoadImageFromFile',
    color_type='color_ignore_orientation',
    backend_args=backend_args,
)

train_pipeline = [
    load_image,
    dict(type='LoadAnnotations', with_bbox=True),
    # zero-padded expansion, then a square; nothing is distorted that is cropped away
    dict(
        type='ExpandSquareCrop',
        prob=0.5,
        ratio_range=(1, 4),
        scales=(0.3, 0.45, 0.6, 0.8, 1.0),
        transforms=[dict(type='PhotoMetricDistortion')],
    ),
    dict(type='Resize', scale=(1024, 1024), keep_ratio=False),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackDetInputs'),
]
test_pipeline = [
    load_image,
    dict(type='Resize', scale_factor=1.0, keep_ratio=True),  # original size
    dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    ),
]

train_dataloader = dict(
    batch_size=4,  # x 8 GPUs = 32
    num_workers=4,
    persistent_workers=False,  # workers that live on could not be resumed exactly
    worker_init_fn=dict(type='seed_worker'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='wider_face_split/wider_face_train_bbx_gt.txt',
        data_prefix=dict(img='WIDER_train/images'),
        pipeline=train_pipeline,
        backend_args=backend_args,
    ),
)
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=False,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type,
        data_root=data_root,
        ann_file='wider_face_split/wider_face_val_bbx_gt.txt',
        data_prefix=dict(img='WIDER_val/images'),
        test_mode=True,
        pipeline=test_pipeline,
        backend_args=backend_args,
    ),
)
test_dataloader = val_dataloader

val_evaluator = dict(
    type='WIDERFaceMetric', ground_truth=data_root + 'eval_tools/ground_truth'
)
test_evaluator = val_evaluator
