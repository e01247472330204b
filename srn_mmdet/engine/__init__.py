from . import inherit_packaged, whole_files
from .bfloat16_optim_wrapper import BFloat16OptimWrapper
from .channels_last_hook import ChannelsLastHook
from .check_weights_hook import CheckWeightsHook
from .checkpoint_loading import load_from_local
from .epoch_seed_hook import EpochSeedHook, seed_worker
from .fuse_conv_bn_hook import FuseConvBNHook
from .non_finite_loss_hook import NonFiniteLossHook
from .resume_report_hook import ResumeReportHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .srn_runner import SRNRunner
from .unreadable_images_hook import UnreadableImagesHook

__all__ = [
    'BFloat16OptimWrapper',
    'ChannelsLastHook',
    'CheckWeightsHook',
    'EpochSeedHook',
    'FuseConvBNHook',
    'NonFiniteLossHook',
    'ResumeReportHook',
    'SRNRunner',
    'SafeCheckpointHook',
    'UnreadableImagesHook',
    'inherit_packaged',
    'load_from_local',
    'seed_worker',
    'whole_files',
]
