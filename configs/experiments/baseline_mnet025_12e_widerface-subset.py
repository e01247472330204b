# Neither STC nor STR: one step, the same towers
_base_ = './srn_mnet025_12e_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_levels=(), deferred_levels=())
model = dict(neck=neck, bbox_head=dict(type='TwoStepHead'))
