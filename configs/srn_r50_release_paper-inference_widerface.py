# The released network with the paper's inference settings in place of the release's
_base_ = './srn_r50_release_widerface.py'

model = dict(
    test_cfg=dict(
        nms_pre=2000,
        score_thr=0.01,
        score_thr_min_places=None,
        nms=dict(iou_threshold=0.5),
    )
)
