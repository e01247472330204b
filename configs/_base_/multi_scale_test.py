# The multi-scale test of the authors' release: --tta. max_size 2100 wants 24 GB on a GPU
tta_model = dict(type='BoxVotingTTAModel', iou_thr=0.5, max_per_img=750)
tta_pipeline = [
    dict(type='LoadImageFromFile', color_type='color_ignore_orientation'),
    dict(type='MultiScaleViews', max_size=1400),
]
