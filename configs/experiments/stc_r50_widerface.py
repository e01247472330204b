# STC alone: two steps of classification
_base_ = '../srn_r50_widerface.py'

neck = _base_.model.neck
neck[0].update(first_levels=(0, 1, 2))  # what nobody reads is not built
model = dict(neck=neck, bbox_head=dict(type='STCHead'))
