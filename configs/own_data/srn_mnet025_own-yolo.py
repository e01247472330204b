# The same for boxes as YOLO's text files: images/{train,val}/, labels/{train,val}/
_base_ = './srn_mnet025_own-coco.py'

train_dataloader = dict(
    dataset=dict(
        type='YOLOFaces', ann_file='labels/train', data_prefix=dict(img='images/train')
    )
)
val_dataloader = dict(
    dataset=dict(
        type='YOLOFaces', ann_file='labels/val', data_prefix=dict(img='images/val')
    )
)
test_dataloader = val_dataloader
