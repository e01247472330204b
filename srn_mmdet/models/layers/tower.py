"""The convolutions in front of a prediction."""

from itertools import pairwise

from mmcv.cnn import ConvModule
from torch import nn

from .rfe_block import RFEBlock


class Tower(nn.Sequential):
    """3x3 convolutions with ReLU.

    Args:
        in_channels: Channels of the maps.
        feat_channels: Channels of the convolutions.
        stacked_convs: How many there are.
        rfe: Put an RFEBlock behind the first, as in the authors' release.
    """

    def __init__(
        self, in_channels: int, feat_channels: int, stacked_convs: int, rfe: bool
    ) -> None:
        super().__init__()
        channels = [in_channels] + [feat_channels] * stacked_convs
        # by name, so that the convolutions of a tower with and without RFE are called
        # the same in a checkpoint, and one loads into the other
        for i, (before, after) in enumerate(pairwise(channels)):
            self.add_module(f'conv{i}', ConvModule(before, after, 3, padding=1))
            if i == 0 and rfe:
                self.add_module('rfe', RFEBlock(feat_channels))
