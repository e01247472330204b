# The same for boxes as VOC XML: JPEGImages/, Annotations/ and lists of names
_base_ = './srn_mnet025_own-coco.py'

voc = dict(type='VOCFaces', data_prefix=dict(_delete_=True, sub_data_root=''))
train_dataloader = dict(dataset=dict(voc, ann_file='train.txt'))
val_dataloader = dict(dataset=dict(voc, ann_file='val.txt'))
test_dataloader = val_dataloader
