"""MobileNetV1 (Howard et al., 2017), the backbone of light face detectors."""

from mmdet.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

# (channels at width 1, stride) of each depthwise-separable block; a stage ends where
# the ImageNet weights of RetinaFace's light backbone end theirs
_STAGES = (
    ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)),
    ((512, 2), *((512, 1),) * 5),
    ((1024, 2), (1024, 1)),
)


@MODELS.register_module()
class MobileNetV1(BaseModule):
    """Image (N, 3, H, W) -> maps of strides 4, 8, 16 and 32.

    Modules are numbered as in the x0.25 ImageNet checkpoint that light face detectors
    start from (``stage1..3``; Pytorch_Retinaface's ``mobilenetV1X0.25_pretrain.tar``),
    so that it loads by ``init_cfg=dict(type='Pretrained', checkpoint=FILE)`` without a
    conversion; hence the leaky ReLU of slope .1.

    Args:
        widen_factor: Width; the maps have 128, 256, 512 and 1024 times as many channels.
        norm_eval: Keep batch norm in evaluation mode in training.
        init_cfg: Initialisation; Kaiming by default.
    """

    def __init__(
        self,
        widen_factor: float = 0.25,
        norm_eval: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            init_cfg
            or [
                dict(type='Kaiming', layer='Conv2d'),
                dict(type='Constant', val=1, layer='_BatchNorm'),
            ]
        )
        self.norm_eval = norm_eval
        width = int(32 * widen_factor)
        self.stage1 = nn.Sequential(_conv(3, width, 3, stride=2))
        for number, blocks in enumerate(_STAGES, 1):
            stage = self.stage1 if number == 1 else nn.Sequential()
            for channels, stride in blocks:
                channels = int(channels * widen_factor)
                stage.append(_separable(width, channels, stride))
                width = channels
            setattr(self, f'stage{number}', stage)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        c2 = self.stage1[:4](x)
        c3 = self.stage1[4:](c2)
        c4 = self.stage2(c3)
        return c2, c3, c4, self.stage3(c4)

    def train(self, mode: bool = True):
        super().train(mode)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self


def _conv(i: int, o: int, kernel: int, stride: int = 1, groups: int = 1):
    return nn.Sequential(
        nn.Conv2d(i, o, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(o),
        nn.LeakyReLU(0.1, inplace=True),
    )


def _separable(i: int, o: int, stride: int) -> nn.Sequential:
    return nn.Sequential(*_conv(i, i, 3, stride, groups=i), *_conv(i, o, 1))
