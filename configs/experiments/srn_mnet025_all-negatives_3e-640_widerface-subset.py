# The second step learns from all negatives, those too that STC is sure of: what STC drops
# in the test, it then drops for time's sake alone
_base_ = './srn_mnet025_3e-640_widerface-subset.py'

model = dict(bbox_head=dict(stc_score_thr=0))
