from .checkpoint_loading import load_local_checkpoint
from .epoch_seed_hook import EpochSeedHook, seed_worker

__all__ = ['EpochSeedHook', 'load_local_checkpoint', 'seed_worker']
