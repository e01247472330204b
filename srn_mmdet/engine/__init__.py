from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .channels_last_hook import ChannelsLastHook
from .checkpoint_loading import load_local_checkpoint
from .epoch_seed_hook import EpochSeedHook, seed_worker
from .fuse_conv_bn_hook import FuseConvBNHook

__all__ = [
    'BFloat16OptimWrapper',
    'ChannelsLastHook',
    'EpochSeedHook',
    'FuseConvBNHook',
    'load_local_checkpoint',
    'seed_worker',
]
