# The light SRN with the paper's shared first step and RFE on the maps of both steps:
# how the training of the package's weights began
_base_ = '../srn_mnet025_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_sums=())
neck[1].update(num_maps=None)
model = dict(
    neck=neck,
    bbox_head=dict(feat_channels=32, first_step=None),
)
