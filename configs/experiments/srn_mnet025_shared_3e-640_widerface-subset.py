# The paper's shared first step, behind RFE as the second
_base_ = './srn_mnet025_3e-640_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_sums=())
neck[1].update(num_maps=None)
model = dict(neck=neck, bbox_head=dict(first_step=None))
