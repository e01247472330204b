# Neither STC nor STR: one step, the same towers behind RFE
_base_ = './srn_mnet025_3e-640_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_levels=(), deferred_levels=(), first_sums=())
head = _base_.model.bbox_head
for name in ('first_step', 'str_levels', 'stc_score_thr'):
    head.pop(name, None)
model = dict(neck=neck, bbox_head=dict(_delete_=True, **dict(head, type='TwoStepHead')))
