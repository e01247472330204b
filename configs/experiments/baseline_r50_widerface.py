# Neither STC nor STR: one step, the same towers
_base_ = '../srn_r50_widerface.py'

neck = _base_.model.neck
neck[0].update(first_levels=(), deferred_levels=())  # what nobody reads is not built
model = dict(neck=neck, bbox_head=dict(type='TwoStepHead'))
