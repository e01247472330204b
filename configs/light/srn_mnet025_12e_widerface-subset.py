# The ablation's budget: 12 epochs, 11,448 crops
_base_ = '../srn_mnet025_widerface-subset.py'

train_cfg = dict(max_epochs=12, val_interval=12)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=150),
    dict(
        type='CosineAnnealingLR',
        by_epoch=True,
        convert_to_iter_based=True,
        eta_min=1e-6,
        T_max=12,
    ),
]
