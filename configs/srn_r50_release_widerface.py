# The authors' released network to the letter, for their weights: docs/authors_network.md
_base_ = './srn_r50_widerface.py'

neck = _base_.model.neck[:1]  # RFE sits inside the towers
# torch 0.3's bilinear upsampling
neck[0].update(upsample_cfg=dict(mode='bilinear', align_corners=True))
model = dict(
    data_preprocessor=dict(pad_size_divisor=1),
    neck=neck,
    bbox_head=dict(
        rfe_in_tower=True,
        anchor_generator=dict(
            _delete_=True,
            type='SRNAnchorGenerator',
            scales=[2, 2.828427],
            ratios=[1.25],
            strides=[4, 8, 16, 32, 64, 128],
        ),
        bbox_coder=dict(target_stds=[1.0, 1.0, 1.0, 1.0], clip_border=False),
    ),
    test_cfg=dict(
        nms_pre=6000,
        score_thr=0.05,
        score_thr_min_places=120,
        min_bbox_size=-1,
        nms=dict(iou_threshold=0.4, offset=1),
    ),
)
val_evaluator = dict(release_format=True)
test_evaluator = val_evaluator
