"""Box voting: the boxes around a face, of one view or several, into one."""

import torch
from torch import Tensor

_BLOCK = 512  # boxes among which leaders are looked for at a time
_CHUNK = 16  # leaders compared at a time


def box_voting(
    boxes: Tensor,
    scores: Tensor,
    iou_thr: float = 0.5,
    drop_single: bool = False,
    max_num: int = -1,
    offset: float = 1,
) -> tuple[Tensor, Tensor]:
    """Merge each cluster of overlapping boxes into their mean, weighted by score.

    The best box that is left takes all others that overlap it by ``iou_thr`` or more
    into its cluster, and so on. Same result as that loop, but over blocks of boxes, and
    a cluster's leader is compared only to boxes that are near enough along the axis on
    which boxes are spread further. Source:
    the authors' release, `tools/test.py`.

    Args:
        boxes: (n, 4), x1, y1, x2, y2 in pixels; those that are not finite are left out.
        scores: (n,), above 0.
        iou_thr: Overlap that puts a box into a cluster, in (0, 1].
        drop_single: Drop clusters of one box, as the release does. It is meant for many
            views: with one view nearly everything would go.
        max_num: Keep the best this many clusters; -1 keeps all.
        offset: What is added to widths and heights in the overlap: 1 as in the release,
            or 0.

    Returns:
        Voted boxes (m, 4) and the best score of each cluster (m,), best first, of the
        input's types.
    """
    assert 0 < iou_thr <= 1, f'iou_thr={iou_thr} is not in (0, 1]'
    finite = boxes.isfinite().all(1)
    boxes, scores = boxes[finite], scores[finite]
    if len(boxes) > 1 and _spread(boxes, 1) > _spread(boxes, 0):
        swapped = boxes[:, [1, 0, 3, 2]]
        voted, best = _vote_along_x(
            swapped, scores, iou_thr, drop_single, max_num, offset
        )
        return voted[:, [1, 0, 3, 2]], best
    return _vote_along_x(boxes, scores, iou_thr, drop_single, max_num, offset)


def _spread(boxes: Tensor, axis: int) -> float:
    return float((boxes[:, axis] + boxes[:, axis + 2]).std())


def _vote_along_x(boxes, scores, iou_thr, drop_single, max_num, offset):
    voted, best, found = [], [], 0
    rank = torch.empty(len(scores), dtype=torch.long, device=scores.device)
    rank[scores.sort(descending=True, stable=True)[1]] = torch.arange(
        len(scores), device=scores.device
    )
    # all that is left, from left to right; in double, as sums and as a threshold want
    along_x = (boxes[:, 0] + boxes[:, 2]).argsort()
    left, weights, rank = (
        boxes[along_x].double(),
        scores[along_x].double(),
        rank[along_x],
    )
    while len(left) and (max_num < 0 or found < max_num):
        block = rank.argsort()[:_BLOCK]
        leads = block[_leading(_iou(left[block], left[block], offset) >= iou_thr)]
        cluster = _nearest_leader(left, leads, iou_thr, offset)
        # also where it does not overlap itself, its corners being out of order
        cluster[leads] = torch.arange(len(leads), device=leads.device)
        mine = cluster < len(leads)
        index, weight = cluster[mine], weights[mine]
        sums = left.new_zeros(len(leads), 4)
        sums.index_add_(0, index, left[mine] * weight[:, None])
        totals = left.new_zeros(len(leads)).index_add_(0, index, weight)
        sizes = torch.bincount(index, minlength=len(leads))
        keep = sizes > 1 if drop_single else sizes > 0
        voted.append((sums / totals[:, None])[keep])
        best.append(weights[leads][keep])
        found += int(keep.sum())
        left, weights, rank = left[~mine], weights[~mine], rank[~mine]
    if not voted:
        return boxes[:0], scores[:0]
    end = None if max_num < 0 else max_num
    return torch.cat(voted)[:end].to(boxes), torch.cat(best)[:end].to(scores)


def _nearest_leader(
    boxes: Tensor, leads: Tensor, iou_thr: float, offset: int
) -> Tensor:
    """The first of the leaders that each box overlaps.

    Args:
        boxes: (n, 4), sorted along x.
        leads: (m,) indices into boxes, best first.

    Returns:
        (n,) numbers of leaders; m where there is none.
    """
    cluster = leads.new_full((len(boxes),), len(leads))
    middle = boxes[:, 0] + boxes[:, 2]  # twice the middle
    # the overlap of two boxes is at most that of their extents along x
    reach = (boxes[leads, 2] - boxes[leads, 0] + 1) * (1 / iou_thr - 1) + 1
    number = middle[leads].argsort()
    for chunk in number.split(_CHUNK):
        centres = middle[leads[chunk]]
        ends = [(centres - reach[chunk]).min(), (centres + reach[chunk]).max()]
        low, high = torch.searchsorted(middle, torch.stack(ends)).tolist()
        overlaps = _iou(boxes[leads[chunk]], boxes[low:high], offset) >= iou_thr
        first = torch.where(overlaps, chunk[:, None], len(leads)).amin(0)
        cluster[low:high] = torch.minimum(cluster[low:high], first)
    return cluster


def _leading(overlaps: Tensor) -> Tensor:
    """Which boxes lead a cluster: those that no better leader overlaps.

    Args:
        overlaps: (n, n) bool, best box first.

    Returns:
        (n,) bool. Each round settles at least the first box that was wrong, so that this
        ends at the greedy loop's answer; it takes as many rounds as chains are long.
    """
    better = overlaps.triu(1)
    leads = torch.ones(len(overlaps), dtype=torch.bool, device=overlaps.device)
    while True:
        now = ~better[leads].any(0)
        if torch.equal(now, leads):
            return leads
        leads = now


def _iou(a: Tensor, b: Tensor, offset: int) -> Tensor:
    """Overlaps (m, n); NaN, which reaches no threshold, of two boxes of no area."""
    inter = 1
    for low, high in ((0, 2), (1, 3)):
        ends = torch.minimum(a[:, None, high], b[:, high])
        starts = torch.maximum(a[:, None, low], b[:, low])
        inter = inter * (ends - starts + offset).clamp(min=0)
    area_a, area_b = ((x[:, 2:] - x[:, :2] + offset).prod(-1) for x in (a, b))
    return inter / (area_a[:, None] + area_b - inter)
