# STR alone: two steps of regression
_base_ = '../srn_r50_widerface.py'

neck = _base_.model.neck
# what nobody reads is not built, and nothing is dropped before the second step
neck[0].update(first_levels=(3, 4, 5), deferred_levels=())
model = dict(neck=neck, bbox_head=dict(type='STRHead'))
