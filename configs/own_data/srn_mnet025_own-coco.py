# The light SRN, trained on with one's own faces: boxes as COCO JSON
_base_ = '../srn_mnet025_widerface.py'
load_from = 'srn_mmdet://srn_mnet025'  # the package's weights
model = dict(
    backbone=dict(init_cfg=None),  # in the place of ImageNet's
    # as those weights were trained: below it, their second step says anything
    bbox_head=dict(stc_score_thr=0.05),
)

data_root = 'data/own/'
own_data = dict(
    _delete_=True,
    type='COCOFaces',
    data_root=data_root,
    metainfo=dict(classes=('face',)),  # as the file calls them
)
train_dataloader = dict(
    dataset=dict(
        own_data,
        ann_file='train.json',
        data_prefix=dict(img='images/'),
        pipeline=_base_.train_pipeline,
    )
)
test_pipeline = [
    *_base_.test_pipeline[:-1],
    dict(
        _base_.test_pipeline[-1],
        meta_keys=(*_base_.test_pipeline[-1].meta_keys, 'instances'),
    ),
]
tta_pipeline = [
    *_base_.tta_pipeline[:-1],
    dict(
        _base_.tta_pipeline[-1],
        meta_keys=('img_id', 'img_path', 'ori_shape', 'instances'),
    ),
]
val_dataloader = dict(
    dataset=dict(
        own_data,
        ann_file='val.json',
        data_prefix=dict(img='images/'),
        test_mode=True,
        pipeline=test_pipeline,
    )
)
test_dataloader = val_dataloader
# COCO's AP, of the boxes that the data set read: not a benchmark's protocol
val_evaluator = dict(_delete_=True, type='CocoMetric', metric='bbox')
test_evaluator = val_evaluator

train_cfg = dict(max_epochs=30, val_interval=5)
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=1e-6,
        T_max=30,
    ),
]
