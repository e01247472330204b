"""Batch norm as part of the convolutions, at test time."""

from mmcv.cnn import fuse_conv_bn
from mmdet.registry import HOOKS
from mmengine.hooks import Hook


@HOOKS.register_module()
class FuseConvBNHook(Hook):
    """Fold each batch norm into the convolution before it, when a test begins.

    The same function but for rounding, with less to compute. Not together with hooks
    that exchange the model's parameters (EMAHook).
    """

    def before_test(self, runner) -> None:
        fuse_conv_bn(runner.model)
