"""MaxIoUAssigner's matching without the matrix of all faces and all priors.

An IoU of at least t bounds both size and place: the smaller area is at least t times the
larger, and along each axis the centres are at most (a + b) / 2 * (1 - t) / (1 + t) apart
for sides a and b. Priors are therefore sorted once by size and place, and of each face
only the pairs within these bounds are looked at, with mmdet's own overlap function, so
that every value that can matter is the same to the bit.
"""

from collections.abc import Iterator

import torch
from mmdet.models.task_modules.assigners import AssignResult, MaxIoUAssigner
from mmdet.models.task_modules.assigners.iou2d_calculator import BboxOverlaps2D
from mmdet.registry import TASK_UTILS
from mmdet.structures.bbox import bbox_overlaps
from mmengine.structures import InstanceData
from torch import Tensor

from ...checked_arguments import share

# pairs that are looked at together: about 30 MB of temporary memory
_CHUNK = 2**18
# the bounds are exact for real numbers; overlaps are rounded
_SLACK = 1e-3


@TASK_UTILS.register_module()
class SparseMaxIoUAssigner(MaxIoUAssigner):
    """:class:`mmdet.MaxIoUAssigner` for many priors and many boxes.

    Takes the same arguments and gives the same ``gt_inds`` and ``labels``, ties and
    low-quality matches included, in any config; time and memory follow the number of
    overlapping pairs instead of boxes times priors. ``max_overlaps`` is the same
    from the lowest threshold on; below it, where nothing depends on it, it may be 0.

    What cannot be bounded this way is left to mmdet's own code: thresholds of 0, other
    overlaps than the plain IoU of float32 or float64 boxes, ``perm_repeat_gt_cfg``,
    ``ignore_wrt_candidates=False``, and boxes that are not finite.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        share(self.pos_iou_thr, 'pos_iou_thr')
        share(self.min_pos_iou, 'min_pos_iou')
        neg = self.neg_iou_thr
        if isinstance(neg, tuple) and (len(neg) != 2 or not neg[0] <= neg[1]):
            raise ValueError(
                f'neg_iou_thr={neg}: wants one number, or (lowest, highest)'
            )
        for value in neg if isinstance(neg, tuple) else (neg,):
            share(value, 'neg_iou_thr')
        highest = max(neg) if isinstance(neg, tuple) else neg
        assert highest <= self.pos_iou_thr, (
            f'neg_iou_thr={neg} is over pos_iou_thr={self.pos_iou_thr}: a prior between '
            'them would be both'
        )
        self._index: _PriorIndex | None = None

    def assign(
        self,
        pred_instances: InstanceData,
        gt_instances: InstanceData,
        gt_instances_ignore: InstanceData | None = None,
        **kwargs,
    ) -> AssignResult:
        """Match the priors of one image to its boxes.

        Args:
            pred_instances: ``priors`` (n, 4), (x1, y1, x2, y2) in pixels.
            gt_instances: ``bboxes`` (k, 4) and ``labels`` (k,).
            gt_instances_ignore: ``bboxes`` (m, 4) of regions to be ignored.

        Returns:
            AssignResult with ``gt_inds`` (n,): i > 0 is box i - 1, 0 is background,
            -1 is ignored.
        """
        priors, boxes = pred_instances.priors, gt_instances.bboxes
        labels = gt_instances.labels
        ignored = None if gt_instances_ignore is None else gt_instances_ignore.bboxes
        if ignored is None or self.ignore_iof_thr <= 0:
            ignored = boxes[:0]
        lowest = self._lowest_threshold()
        if not self._bounded(priors, boxes, ignored, lowest):
            return super().assign(
                pred_instances, gt_instances, gt_instances_ignore, **kwargs
            )
        index = self._indexed(priors)
        left_out = self._ignored_priors(index, ignored)

        face, prior, iou = _matches(index, boxes, lowest, left_out)
        max_overlaps, best = _best_of_each(prior, iou, face, len(priors))
        max_overlaps[left_out] = -1

        gt_inds = prior.new_full((len(priors),), -1)
        if isinstance(self.neg_iou_thr, float):
            negative = (max_overlaps >= 0) & (max_overlaps < self.neg_iou_thr)
        elif isinstance(self.neg_iou_thr, tuple):
            low, high = self.neg_iou_thr
            negative = (max_overlaps >= low) & (max_overlaps < high)
        else:  # an integer: mmdet's has no negatives then
            negative = torch.zeros_like(max_overlaps, dtype=torch.bool)
        gt_inds[negative] = 0
        positive = max_overlaps >= self.pos_iou_thr
        gt_inds[positive] = best[positive] + 1
        if self.match_low_quality:
            self._match_low_quality(
                gt_inds, index, boxes, lowest, left_out, (face, prior, iou)
            )
        of_prior = gt_inds.new_full((len(priors),), -1)
        positive = gt_inds > 0
        of_prior[positive] = labels[gt_inds[positive] - 1]
        return AssignResult(len(boxes), gt_inds, max_overlaps, labels=of_prior)

    def _lowest_threshold(self) -> float:
        """Below this, the overlap of a prior with its best box decides nothing."""
        neg = self.neg_iou_thr
        thresholds = [self.pos_iou_thr, *(neg if isinstance(neg, tuple) else [neg])]
        # (0, x) makes everything below x negative, as x alone does
        if isinstance(neg, tuple) and neg[0] <= 0:
            thresholds.remove(neg[0])
        return float(min(thresholds))

    def _bounded(
        self, priors: Tensor, boxes: Tensor, ignored: Tensor, lowest: float
    ) -> bool:
        plain = (
            type(self.iou_calculator) is BboxOverlaps2D
            and self.iou_calculator.scale == 1.0
            and self.iou_calculator.dtype is None
            and self.perm_repeat_gt_cfg is None
            and (self.ignore_wrt_candidates or not len(ignored))
            and lowest > 0
        )
        return (
            plain
            and all(isinstance(x, Tensor) for x in (priors, boxes, ignored))
            and priors.dtype == boxes.dtype == ignored.dtype
            and priors.dtype in (torch.float32, torch.float64)
            and len(priors) > 0
            and len(boxes) > 0
            and all(bool(x.isfinite().all()) for x in (priors, boxes, ignored))
        )

    def _indexed(self, priors: Tensor) -> '_PriorIndex':
        # tiled anchors are the same from image to image
        if self._index is None or not self._index.is_of(priors):
            self._index = _PriorIndex(priors)
        return self._index

    def _ignored_priors(self, index: '_PriorIndex', ignored: Tensor) -> Tensor:
        """Which priors lie in a region to be ignored, by ``ignore_iof_thr``; (n,)."""
        left_out = torch.zeros(
            len(index.priors), dtype=torch.bool, device=ignored.device
        )
        # what covers a prior by more than the threshold is at least that part as large
        spread = torch.ones_like(ignored[:, 0], dtype=torch.float64)
        largest = _area(ignored) / (self.ignore_iof_thr * (1 - _SLACK))
        for box, prior in index.pairs(ignored, spread, 0 * largest, largest):
            iof = bbox_overlaps(
                index.priors[prior], ignored[box], mode='iof', is_aligned=True
            )
            left_out[prior[iof > self.ignore_iof_thr]] = True
        return left_out

    def _match_low_quality(
        self, gt_inds, index, boxes: Tensor, lowest: float, left_out: Tensor, found
    ) -> None:
        """Give every box its best priors, in place; of several boxes the last one."""
        count = len(boxes)
        wanted = torch.arange(count, device=boxes.device)
        faces, priors = [], []
        threshold, bound = lowest, max(self.min_pos_iou, 0.0)
        while True:
            # all overlaps of at least the threshold are known: a best one is the best
            face, prior, iou = found
            best = iou.new_full((count,), -1).scatter_reduce_(0, face, iou, 'amax')
            kept = (iou == best[face]) & (iou >= self.min_pos_iou)
            faces.append(face[kept])
            priors.append(prior[kept])
            wanted = wanted[best[wanted] < 0]
            if threshold <= bound or not len(wanted):
                break
            threshold = max(threshold / 4, bound) if threshold > 1e-3 else 0.0
            face, prior, iou = _matches(index, boxes[wanted], threshold, left_out)
            found = wanted[face], prior, iou
        face, prior = torch.cat(faces), torch.cat(priors)
        if not self.gt_max_assign_all:
            first = torch.full_like(wanted.new_empty(count), len(index.priors))
            first.scatter_reduce_(0, face, prior, 'amin')
            face = (first < len(index.priors)).nonzero()[:, 0]
            prior = first[face]
        last = torch.full_like(gt_inds, -1).scatter_reduce_(0, prior, face, 'amax')
        if len(wanted) and self.min_pos_iou <= 0:
            # a box that overlaps nothing overlaps everything equally, namely by 0
            everything = (~left_out).nonzero()[:, 0]
            if not self.gt_max_assign_all:
                everything = everything[:1]
            last[everything] = last[everything].clamp(min=int(wanted[-1]))
        gt_inds[last >= 0] = last[last >= 0] + 1


def _matches(
    index: '_PriorIndex', boxes: Tensor, threshold: float, left_out: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """All pairs with an IoU of at least the threshold, and over 0: (box, prior, IoU)."""
    bound = threshold * (1 - _SLACK)
    area = _area(boxes)
    spread = torch.full_like(area, (1 - bound) / (1 + bound))
    largest = area / bound if bound > 0 else torch.full_like(area, torch.inf)
    none = left_out.new_empty(0, dtype=torch.long)
    found = [(none, none, boxes.new_empty(0))]
    for box, prior in index.pairs(boxes, spread, area * bound, largest):
        iou = bbox_overlaps(boxes[box], index.priors[prior], is_aligned=True)
        kept = (iou >= threshold) & (iou > 0) & ~left_out[prior]
        found.append((box[kept], prior[kept], iou[kept]))
    return tuple(map(torch.cat, zip(*found, strict=True)))


def _best_of_each(
    prior: Tensor, iou: Tensor, face: Tensor, count: int
) -> tuple[Tensor, Tensor]:
    """Of each prior its largest overlap, and the first box that has it."""
    largest = iou.new_zeros(count).scatter_reduce_(0, prior, iou, 'amax')
    is_best = iou == largest[prior]
    first = face.new_full((count,), torch.iinfo(torch.long).max)
    first.scatter_reduce_(0, prior[is_best], face[is_best], 'amin')
    return largest, first


def _area(boxes: Tensor) -> Tensor:
    sides = (boxes[:, 2:].double() - boxes[:, :2].double()).clamp(min=0)
    return sides.prod(1)


class _PriorIndex:
    """Boxes, sorted by size, then by row of the image, then from left to right.

    Args:
        priors: (n, 4), finite; those without area are left out.
    """

    def __init__(self, priors: Tensor) -> None:
        # a copy: somebody may go on to refine the tensor in place
        self.priors = priors.detach().clone()
        sides = priors[:, 2:].double() - priors[:, :2].double()
        centres = (priors[:, 2:].double() + priors[:, :2].double()) / 2
        numbers = (sides > 0).all(1).nonzero()[:, 0]
        sides, centres = sides[numbers], centres[numbers]
        # half an octave of the area's root: anchors of one scale are in one bin
        size = (sides.prod(1).log2() - 0.5).floor().long()
        self.first_size = int(size.min()) if len(size) else 0
        size -= self.first_size
        bins = int(size.max()) + 1 if len(size) else 0
        every_side = size[:, None].expand(-1, 2)
        self.largest_side = sides.new_zeros(bins, 2).scatter_reduce_(
            0, every_side, sides, 'amax'
        )
        area = sides.prod(1)
        self.largest_area = sides.new_zeros(bins).scatter_reduce_(0, size, area, 'amax')
        self.smallest_area = sides.new_full((bins,), torch.inf)
        self.smallest_area.scatter_reduce_(0, size, area, 'amin')
        # rows of half a box; not less than a pixel, so that they stay few
        self.row_height = (self.largest_side[:, 1] / 2).clamp(min=1.0)
        x, y = centres.unbind(1)
        self.top = sides.new_full((bins,), torch.inf).scatter_reduce_(
            0, size, y, 'amin'
        )
        row = ((y - self.top[size]) / self.row_height[size]).floor().long()
        self.rows = row.new_zeros(bins).scatter_reduce_(0, size, row, 'amax') + 1
        self.first_row = self.rows.cumsum(0) - self.rows
        self.left = float(x.min()) if len(x) else 0.0
        self.width = (float(x.max()) - self.left if len(x) else 0.0) + 1.0
        key = (self.first_row[size] + row) * (2 * self.width) + (x - self.left)
        self.key, order = key.sort()
        self.numbers = numbers[order]

    def is_of(self, priors: Tensor) -> bool:
        mine = self.priors
        return (
            mine.device == priors.device
            and mine.dtype == priors.dtype
            and mine.shape == priors.shape
            and torch.equal(mine, priors)
        )

    def pairs(
        self, boxes: Tensor, spread: Tensor, smallest: Tensor, largest: Tensor
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Pairs (box, prior) whose areas and distances may be within bounds, in chunks.

        Args:
            boxes: (m, 4).
            spread: (m,), along an axis the centres of sides a and b are at most
                (a + b) / 2 * spread apart.
            smallest, largest: (m,), the prior's area.
        """
        sides = (boxes[:, 2:].double() - boxes[:, :2].double()).clamp(min=0)
        centres = (boxes[:, 2:].double() + boxes[:, :2].double()) / 2
        fits = (
            (self.largest_area >= smallest[:, None])
            & (self.smallest_area <= largest[:, None])
            & (sides > 0).all(1)[:, None]
        )
        box, size = fits.nonzero().unbind(1)
        reach = (sides[box] + self.largest_side[size]) / 2 * spread[box, None]
        reach = reach * (1 + _SLACK) + _SLACK
        x, y = centres[box].unbind(1)
        top, height = self.top[size], self.row_height[size]
        limit = self.rows[size] - 1
        from_row = ((y - reach[:, 1] - top) / height).floor().long().clamp(min=0)
        to_row = ((y + reach[:, 1] - top) / height).floor().long()
        to_row = torch.minimum(to_row, limit)
        number = (to_row - from_row + 1).clamp(min=0)
        entry, nth = _expand(number)
        row = self.first_row[size[entry]] + from_row[entry] + nth
        x, reach = x[entry] - self.left, reach[entry, 0]
        start = row * (2 * self.width)
        begin = torch.searchsorted(
            self.key, start + (x - reach).clamp(0, 1.5 * self.width)
        )
        end = torch.searchsorted(
            self.key, start + (x + reach).clamp(-0.25, self.width), right=True
        )
        count = (end - begin).clamp(min=0)
        box = box[entry]
        used = count > 0
        box, begin, count = box[used], begin[used], count[used]
        total = count.cumsum(0)
        if not len(total):
            return
        # cut where a multiple of the chunk's size is passed
        chunk = ((total - 1) // _CHUNK).unique_consecutive(return_counts=True)[1]
        at = 0
        for length in chunk.tolist():
            part = slice(at, at + length)
            entry, nth = _expand(count[part])
            yield box[part][entry], self.numbers[begin[part][entry] + nth]
            at += length


def _expand(number: Tensor) -> tuple[Tensor, Tensor]:
    """For counts (n,): which count each of their sum belongs to, and its place there."""
    entry = torch.repeat_interleave(number)
    starts = number.cumsum(0) - number
    return entry, torch.arange(len(entry), device=number.device) - starts[entry]
