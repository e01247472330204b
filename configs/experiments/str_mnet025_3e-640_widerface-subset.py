# STR alone
_base_ = './srn_mnet025_3e-640_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_levels=(3, 4), deferred_levels=(), first_sums=())
head = _base_.model.bbox_head
head.pop('stc_score_thr')
model = dict(neck=neck, bbox_head=dict(_delete_=True, **dict(head, type='STRHead')))
