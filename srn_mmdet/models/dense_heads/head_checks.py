"""Settings of a two-step head that would pass in silence and train or find nothing."""

from mmdet.models.losses import (
    BoundedIoULoss,
    CIoULoss,
    DIoULoss,
    EIoULoss,
    GIoULoss,
    IoULoss,
    QualityFocalLoss,
    SIoULoss,
    VarifocalLoss,
)
from torch import nn

_OF_BOXES = (BoundedIoULoss, CIoULoss, DIoULoss, EIoULoss, GIoULoss, IoULoss, SIoULoss)
_OF_QUALITY = (QualityFocalLoss, VarifocalLoss)


def check_losses(loss_cls: nn.Module, loss_bbox: nn.Module, decoded: bool) -> None:
    """Refuse losses that want other targets than the head has.

    Args:
        loss_cls, loss_bbox: The head's.
        decoded: Whether boxes are decoded for the loss (``reg_decoded_bbox``).
    """
    kind = type(loss_cls).__name__
    assert not isinstance(loss_cls, _OF_QUALITY), (
        f'loss_cls={kind}: wants the quality of boxes as its target, which a two-step '
        "head does not compute; use_sigmoid FocalLoss is the paper's"
    )
    kind = type(loss_bbox).__name__
    assert decoded or not isinstance(loss_bbox, _OF_BOXES), (
        f'loss_bbox={kind}: is of boxes, not of deltas: set reg_decoded_bbox=True'
    )


def check_score_thr(value: float, name: str) -> float:
    """A threshold of probabilities that leaves something."""
    assert isinstance(value, int | float) and 0 <= value < 1, (
        f'{name}={value} is not in [0, 1)'
    )
    return value


def check_first_step(first_step: dict | None, has_one: bool) -> dict | None:
    """Arguments of a first step's own branches, not what the head gives them itself."""
    if first_step is None:
        return None
    if not has_one:
        raise ValueError(
            f'first_step={first_step}: this head has no first step; STCHead, STRHead and '
            'SRNHead have'
        )
    known = ('feat_channels', 'stacked_convs', 'depthwise')
    if not isinstance(first_step, dict) or not {*first_step} <= {*known}:
        raise ValueError(
            f'first_step={first_step}: wants None (branches shared with the second '
            f'step) or dict(...) of {", ".join(known)}'
        )
    return first_step


def check_two_step_matching(assigner, head: str) -> None:
    """Refuse an assigner of one rule: the first step would train by the second's."""
    if not hasattr(assigner, 'first_step'):
        raise ValueError(
            f'{head} with {type(assigner).__name__}: one rule would match both steps; '
            "set train_cfg.assigner to type='TwoStepAssigner'"
        )
