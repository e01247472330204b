"""Settings of a two-step head that would pass in silence and train or find nothing."""

import torch
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
from mmdet.structures.bbox import get_box_tensor
from torch import nn

from ...checked_arguments import part, share, whole

_OF_BOXES = (BoundedIoULoss, CIoULoss, DIoULoss, EIoULoss, GIoULoss, IoULoss, SIoULoss)
_OF_QUALITY = (QualityFocalLoss, VarifocalLoss)


_NMS = ('nms', 'soft_nms', 'box_voting')


def check_config(given: dict) -> None:
    """Refuse what AnchorHead would fail at without naming it, or at the first picture.

    Args:
        given: Keyword arguments of a head.

    Raises:
        ValueError: One is not what it should be.
    """
    for name in ('loss_cls', 'loss_bbox', 'bbox_coder', 'anchor_generator'):
        if name in given:
            part(given[name], name)
    if 'num_classes' in given:
        whole(given['num_classes'], 'num_classes')
    if given.get('train_cfg') and 'assigner' not in given['train_cfg']:
        raise ValueError("train_cfg has no assigner: TwoStepAssigner is the paper's")
    test_cfg = given.get('test_cfg') or {}
    if 'score_thr' in test_cfg:
        share(test_cfg['score_thr'], 'test_cfg.score_thr')
    for name in ('nms_pre', 'max_per_img'):
        if test_cfg.get(name, -1) != -1:  # which is all of them
            whole(test_cfg[name], f'test_cfg.{name}')
    if test_cfg.get('score_thr_min_places') is not None:
        whole(test_cfg['score_thr_min_places'], 'test_cfg.score_thr_min_places', 0)
    if 'nms' in test_cfg:
        nms = test_cfg['nms']
        kind = nms.get('type', 'nms') if isinstance(nms, dict) else None
        if kind not in _NMS:
            raise ValueError(f'test_cfg.nms={nms}: wants a type of {", ".join(_NMS)}')
        share(
            nms.get('iou_threshold', nms.get('iou_thr')), 'test_cfg.nms.iou_threshold'
        )


def check_anchors(generator, coder) -> None:
    """Try both on an anchor: points, and coders of something else, are no anchors'.

    Raises:
        ValueError: It is not found again.
    """
    with torch.device('cpu'):  # also where a network is built without memory
        anchor = torch.tensor([[4.0, 4, 20, 20]])
        try:
            sizes = [(1, 1)] * generator.num_levels
            (priors, *_) = generator.grid_priors(sizes, device='cpu')
            found = coder.decode(anchor, coder.encode(anchor, anchor + 1))
            right, reason = priors.shape[-1] == 4, ''
            right = right and get_box_tensor(found).shape == (1, 4)
        except (
            AssertionError,
            AttributeError,
            IndexError,
            RuntimeError,
            TypeError,
        ) as e:
            right, reason = False, str(e).partition('\n')[0]
    if not right:
        raise ValueError(
            f'{type(generator).__name__} with {type(coder).__name__}: wants anchors and '
            'a coder of boxes on them, as AnchorGenerator and DeltaXYWHBBoxCoder'
            + f' ({reason})'
            * bool(reason)
        )


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
