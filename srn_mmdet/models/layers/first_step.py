"""A first step of its own, instead of the second step's shared branches."""

from itertools import pairwise

from mmcv.cnn import ConvModule, DepthwiseSeparableConvModule
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checked_arguments import switch, whole


class FirstStep(BaseModule):
    """A small branch: 3x3 convolutions with ReLU, then a 1x1 prediction.

    The paper's first step shares the branches of the second, so that it costs as much a
    place as the second, at every place. One of its own may be as light as its task.

    Args:
        in_channels: Channels of the first step's maps.
        out_channels: Numbers a place: A*K logits or A*4 deltas.
        feat_channels: Channels of the convolutions.
        stacked_convs: How many there are.
        depthwise: Make each a depthwise and a 1x1 convolution.
        bias_prob: Focal prior of a class prediction; None for boxes.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        feat_channels: int = 32,
        stacked_convs: int = 1,
        depthwise: bool = False,
        bias_prob: float | None = None,
    ) -> None:
        whole(feat_channels, 'FirstStep: feat_channels')
        whole(stacked_convs, 'FirstStep: stacked_convs')
        switch(depthwise, 'FirstStep: depthwise')
        xavier = dict(type='Xavier', distribution='uniform')
        prediction = dict(xavier, name='conv_pred')
        if bias_prob is not None:
            prediction['bias_prob'] = bias_prob
        super().__init__(dict(xavier, layer='Conv2d', override=prediction))
        conv = DepthwiseSeparableConvModule if depthwise else ConvModule
        channels = [in_channels, *[feat_channels] * stacked_convs]
        # in a Sequential: a ConvModule that is a direct child would initialise itself
        # anew, by Kaiming, after init_cfg
        self.tower = nn.Sequential(
            *(conv(i, o, 3, padding=1) for i, o in pairwise(channels))
        )
        self.conv_pred = nn.Conv2d(channels[-1], out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """One map (N, in_channels, H, W) -> (N, out_channels, H, W)."""
        return self.conv_pred(self.tower(x))
