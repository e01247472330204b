# The same for boxes in WIDER FACE's layout: train.txt and val.txt as its bbx_gt.txt
_base_ = './srn_mnet025_own-coco.py'

train_dataloader = dict(dataset=dict(type='WIDERFace', ann_file='train.txt'))
val_dataloader = dict(dataset=dict(type='WIDERFace', ann_file='val.txt'))
test_dataloader = val_dataloader
# AP of all valid faces, and by their height: computed as WIDER FACE's, on other subsets
val_evaluator = dict(
    _delete_=True, type='WIDERFaceMetric', ground_truth=_base_.data_root + 'val.txt'
)
test_evaluator = val_evaluator
