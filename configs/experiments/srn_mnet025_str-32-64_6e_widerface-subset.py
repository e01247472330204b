# The light SRN with STR on strides 32 and 64 alone: in a crop of 448 px the map of stride
# 128 has 4x4 places, and STR moves anchors of most of them onto a large face. The second
# step learns what STC's threshold of the paper leaves, and no face outweighs the others
# by the number of its anchors
_base_ = './srn_mnet025_6e_widerface-subset.py'

neck = _base_.model.neck
neck[0].update(first_levels=(0, 1, 2, 3, 4))
model = dict(
    neck=neck,
    bbox_head=dict(str_levels=(3, 4), stc_score_thr=0.01),
    train_cfg=dict(assigner=dict(max_positives=6)),
)
