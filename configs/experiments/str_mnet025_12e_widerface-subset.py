# STR alone
_base_ = './srn_mnet025_12e_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_levels=(3, 4, 5), deferred_levels=())
model = dict(neck=neck, bbox_head=dict(type='STRHead'))
