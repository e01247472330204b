"""Max-out scores (Zhang et al., AInnoFace, 2019, after S3FD)."""

from mmdet.registry import MODELS
from torch import Tensor, nn

from ...checked_arguments import whole
from ..layers import Parallel, made_of
from .srn_head import SRNHead


@MODELS.register_module()
class MaxOutSRNHead(SRNHead):
    """SRN whose class score is the best of several face scores over several background's.

    An anchor has ``num_face`` face scores and ``num_background`` background scores; its
    logit is the largest of the first minus the largest of the second, whose sigmoid is
    the softmax of the two. Both steps share it, like the towers.

    Args:
        num_face, num_background: Scores an anchor and class.
        The other arguments are SRNHead's.
    """

    def __init__(
        self, *args, num_face: int = 3, num_background: int = 3, **kwargs
    ) -> None:
        self.num_face = whole(num_face, 'num_face')
        self.num_background = whole(num_background, 'num_background')
        super().__init__(*args, **kwargs)

    def _init_layers(self) -> None:
        super()._init_layers()
        scores = self.num_base_priors * self.cls_out_channels
        # conv_cls keeps its name: init_cfg gives its bias the focal prior
        self.conv_cls = nn.Conv2d(self.feat_channels, scores * self.num_face, 1)
        self.conv_background = nn.Conv2d(
            self.feat_channels, scores * self.num_background, 1
        )

    def _parts(self) -> tuple:
        scores = (self.conv_cls,), (self.conv_background,)
        return self.cls_tower, Parallel(scores, self._max_out)

    @made_of(_parts)
    def forward_cls(self, x: Tensor) -> Tensor:
        """One map (N, in_channels, H, W) -> logits (N, A*K, H, W)."""
        x = self.cls_tower(x)
        return self._max_out([self.conv_cls(x), self.conv_background(x)])

    def _max_out(self, scores: list[Tensor]) -> Tensor:
        face = scores[0].unflatten(1, (-1, self.num_face))
        background = scores[1].unflatten(1, (-1, self.num_background))
        return face.amax(2) - background.amax(2)
