_base_ = 'mmdet::_base_/default_runtime.py'

default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=3))
custom_hooks = [dict(type='EpochSeedHook')]  # resumed runs equal uninterrupted ones
# SRN's own statistics are logged as means over the window too, as the losses are
log_processor = dict(
    mean_pattern=r'.*(loss|time|data_time|grad_norm|stc_|str_).*',
)
