# STC alone
_base_ = './srn_mnet025_3e-640_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_levels=(0, 1, 2))
head = _base_.model.bbox_head
head.pop('str_levels')
model = dict(neck=neck, bbox_head=dict(_delete_=True, **dict(head, type='STCHead')))
