"""The one place that turns prediction maps into rows an anchor and back, and sorts them.

A head predicts a map (N, A*K, H, W): A anchors a place, K numbers an anchor, anchor
before number along the channels. The anchor generator lists its anchors place by place
(row by row), the A anchors of a place next to each other: (H*W*A, 4). Only
`per_anchor` and `from_anchors` know about both orders. (`x.shape[0]`, as a trace for
ONNX makes a constant of `len(x)`.)
"""

from mmdet.models.utils import images_to_levels
from mmdet.structures.bbox import cat_boxes
from torch import Tensor


def per_anchor(x: Tensor, dim: int) -> Tensor:
    """Turn maps into rows in the anchor generator's order.

    Args:
        x: (N, A*dim, H, W).
        dim: Numbers an anchor: the classes K, or 4 for box deltas.

    Returns:
        (N, H*W*A, dim).
    """
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, dim)


def from_anchors(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Turn rows in the anchor generator's order into maps; undoes `per_anchor`.

    Args:
        x: (N, H*W*A, dim).
        size: (H, W) of the map.

    Returns:
        (N, A*dim, H, W).
    """
    h, w = size
    return x.reshape(x.shape[0], h, w, -1).permute(0, 3, 1, 2)


def by_level(anchors: list[list[Tensor]]) -> list[Tensor]:
    """Turn [image][level] (n_l, 4) into [level] (N, n_l, 4)."""
    sizes = [len(level) for level in anchors[0]]
    return images_to_levels([cat_boxes(image) for image in anchors], sizes)
