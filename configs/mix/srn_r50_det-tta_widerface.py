# SRN with mmdet's own test-time augmentation: two sizes, flipped and not, NMS over all
_base_ = '../srn_r50_widerface.py'

pack = _base_.test_pipeline[-1]
pack.meta_keys = (*pack.meta_keys, 'flip', 'flip_direction')
tta_model = dict(
    _delete_=True,
    type='DetTTAModel',
    tta_cfg=dict(nms=dict(type='nms', iou_threshold=0.5), max_per_img=750),
)
tta_pipeline = [
    _base_.load_image,
    dict(
        type='TestTimeAug',
        transforms=[
            [dict(type='Resize', scale_factor=s, keep_ratio=True) for s in (1.0, 1.5)],
            [dict(type='RandomFlip', prob=prob) for prob in (1.0, 0.0)],
            [pack],
        ],
    ),
]
