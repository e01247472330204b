_base_ = 'mmdet::_base_/default_runtime.py'

default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=3))
custom_hooks = [dict(type='EpochSeedHook')]  # resumed runs equal uninterrupted ones
