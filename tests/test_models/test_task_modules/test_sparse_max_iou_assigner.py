"""gt_inds, labels and what of max_overlaps decides anything: mmdet's, bit for bit."""

import pytest
import torch
from mmdet.models.task_modules.assigners import MaxIoUAssigner
from mmdet.registry import TASK_UTILS
from mmengine.structures import InstanceData

from srn_mmdet.datasets.wider_face_txt import read_bbx_gt

STRIDES = (4, 8, 16, 32, 64, 128)
RULES = {
    'first step': dict(pos_iou_thr=0.7, neg_iou_thr=0.3, min_pos_iou=0.3),
    'second step': dict(
        pos_iou_thr=0.5, neg_iou_thr=0.4, min_pos_iou=0.4, ignore_iof_thr=0.5
    ),
    'low quality over negatives': dict(
        pos_iou_thr=0.6, neg_iou_thr=0.3, min_pos_iou=0.5
    ),
    'any low quality': dict(pos_iou_thr=0.5, neg_iou_thr=0.4, min_pos_iou=0.0),
    'one prior a box': dict(
        pos_iou_thr=0.5, neg_iou_thr=0.4, gt_max_assign_all=False, ignore_iof_thr=0.5
    ),
    'negatives between': dict(
        pos_iou_thr=0.5, neg_iou_thr=(0.1, 0.4), min_pos_iou=0.05, ignore_iof_thr=0.2
    ),
    'negatives from 0': dict(
        pos_iou_thr=0.35, neg_iou_thr=(0.0, 0.35), match_low_quality=False
    ),
}


def anchors(height: int, width: int) -> torch.Tensor:
    generator = TASK_UTILS.build(
        dict(
            type='AnchorGenerator',
            scales=[2, 2 * 2**0.5],
            ratios=[1.25],
            strides=STRIDES,
            center_offset=0.5,
        )
    )
    sizes = [(-(-height // s), -(-width // s)) for s in STRIDES]
    return torch.cat(generator.grid_priors(sizes, device='cpu'))


def random_boxes(count: int, side: float, seed: int, largest=400.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    size = largest ** torch.rand(count, generator=generator)
    aspect = torch.exp(torch.randn(count, generator=generator) * 0.25)
    half = torch.stack([size * aspect, size / aspect], 1) / 2
    centre = torch.rand(count, 2, generator=generator) * side
    return torch.cat([centre - half, centre + half], 1)


def both(priors, boxes, ignored, rule):
    labels = torch.arange(len(boxes)) % 3
    data = (
        InstanceData(priors=priors),
        InstanceData(bboxes=boxes, labels=labels),
        InstanceData(bboxes=ignored),
    )
    wanted = TASK_UTILS.build(dict(type='MaxIoUAssigner', **rule)).assign(*data)
    found = TASK_UTILS.build(dict(type='SparseMaxIoUAssigner', **rule)).assign(*data)
    return wanted, found


def assert_same(wanted, found, rule):
    assert torch.equal(found.gt_inds, wanted.gt_inds)
    assert torch.equal(found.labels, wanted.labels)
    assert found.num_gts == wanted.num_gts
    neg = rule['neg_iou_thr']
    lowest = min(
        t
        for t in (rule['pos_iou_thr'], *(neg if isinstance(neg, tuple) else [neg]))
        if t
    )
    decides = (wanted.max_overlaps >= lowest) | (wanted.max_overlaps < 0)
    assert torch.equal(found.max_overlaps[decides], wanted.max_overlaps[decides])
    assert (found.max_overlaps[~decides] < lowest).all()


@pytest.fixture(params=RULES, ids=lambda name: name.replace(' ', '-'))
def rule(request):
    return RULES[request.param]


@pytest.mark.parametrize('seed', range(6))
def test_random_boxes(rule, seed):
    priors = anchors(160, 224)
    if seed % 2:  # refined anchors lie anywhere
        generator = torch.Generator().manual_seed(seed)
        priors += torch.randn(priors.shape, generator=generator) * 2
    boxes = random_boxes((1, 7, 60)[seed % 3], 224, seed)
    ignored = random_boxes(seed, 224, 100 + seed)
    assert_same(*both(priors, boxes, ignored, rule), rule)


def test_ties(rule):
    """Anchors and boxes on whole pixels, boxes twice: many overlaps are equal."""
    priors = anchors(128, 128).round()
    boxes = random_boxes(40, 128, 1).round()
    boxes[:, 2:] = boxes[:, 2:].maximum(boxes[:, :2] + 1)
    boxes = torch.cat(
        [boxes, boxes[:10], torch.tensor([[0.0, 0, 8, 8], [4, 0, 12, 8]])]
    )
    wanted, found = both(priors, boxes, boxes[:0], rule)
    assert_same(wanted, found, rule)


@pytest.mark.parametrize('where', ['first', 'middle', 'last'])
def test_boxes_that_overlap_nothing(rule, where):
    """At min_pos_iou 0 mmdet gives them every prior; whatever it does is done here."""
    priors = anchors(64, 64)
    boxes = random_boxes(9, 64, 3)
    index = dict(first=0, middle=4, last=8)[where]
    boxes[index] = torch.tensor([9000.0, 9000, 9010, 9010])
    assert_same(*both(priors, boxes, random_boxes(2, 64, 5, 60), rule), rule)
    boxes[index] = torch.tensor([20.0, 20, 20, 20])  # without area
    assert_same(*both(priors, boxes, boxes[:0], rule), rule)


def test_boxes_smaller_and_larger_than_every_prior(rule):
    priors = anchors(96, 96)
    boxes = torch.tensor([[40.0, 40, 40.5, 40.5], [-900, -900, 1000, 1000]])
    assert_same(*both(priors, boxes, boxes[:0], rule), rule)


def test_everything_is_ignored(rule):
    priors, boxes = anchors(64, 64), random_boxes(5, 64, 0)
    everywhere = torch.tensor([[-1000.0, -1000, 2000, 2000]])
    assert_same(*both(priors, boxes, everywhere, rule), rule)


@pytest.mark.parametrize('boxes', [0, 1])
@pytest.mark.parametrize('priors', [0, 1])
def test_nothing_to_match(priors, boxes):
    rule = RULES['second step']
    box = torch.tensor([[0.0, 0, 8, 8]])
    wanted, found = both(box[:priors], box[:boxes], box[:0], rule)
    assert torch.equal(found.gt_inds, wanted.gt_inds)
    assert torch.equal(found.labels, wanted.labels)


def test_priors_without_area_match_nothing(rule):
    priors = anchors(64, 64)
    priors[::7, 2:] = priors[::7, :2]
    assert_same(*both(priors, random_boxes(9, 64, 2), priors[:0], rule), rule)


def test_double_precision(rule):
    priors, boxes = anchors(64, 64).double(), random_boxes(20, 64, 2).double()
    assert_same(*both(priors, boxes, boxes[:0], rule), rule)


def test_other_priors_in_turn_and_priors_changed_in_place():
    """The index of the last image's priors is used again only where they are the same."""
    assigner = TASK_UTILS.build(
        dict(type='SparseMaxIoUAssigner', **RULES['second step'])
    )
    one, other = anchors(64, 64), anchors(64, 96)
    boxes = InstanceData(bboxes=random_boxes(9, 64, 4), labels=torch.zeros(9).long())

    def check(priors):
        wanted = MaxIoUAssigner(**RULES['second step']).assign(
            InstanceData(priors=priors), boxes
        )
        found = assigner.assign(InstanceData(priors=priors), boxes)
        assert torch.equal(found.gt_inds, wanted.gt_inds)

    for priors in (one, one, other, one):
        check(priors)
    one += 3
    check(one)
    one.copy_(one.flip(0))
    check(one)


def test_a_prior_that_just_the_threshold_ignores_stays():
    rule = RULES['second step']
    priors = torch.tensor([[0.0, 0, 8, 8], [40, 40, 48, 48]])
    wanted, found = both(priors, priors[1:], torch.tensor([[0.0, 0, 4, 8]]), rule)
    assert_same(wanted, found, rule)
    assert found.gt_inds.tolist() == [0, 1]


@pytest.mark.parametrize(
    'rule',
    [
        dict(pos_iou_thr=0.5, neg_iou_thr=0.0),
        dict(
            pos_iou_thr=0.5,
            neg_iou_thr=0.4,
            ignore_iof_thr=0.5,
            ignore_wrt_candidates=False,
        ),
        dict(
            pos_iou_thr=0.5,
            neg_iou_thr=0.4,
            perm_repeat_gt_cfg=dict(iou_thr=0.7, perm_range=0.01),
        ),
        dict(
            pos_iou_thr=0.5,
            neg_iou_thr=0.4,
            iou_calculator=dict(type='BboxOverlaps2D_GLIP'),
        ),
    ],
)
def test_what_cannot_be_bounded_is_mmdets(rule):
    priors, boxes = anchors(64, 64), random_boxes(9, 64, 6)
    wanted, found = both(priors, boxes, boxes[:2] + 4, rule)
    assert torch.equal(found.gt_inds, wanted.gt_inds)
    assert torch.equal(found.max_overlaps, wanted.max_overlaps)


def test_half_precision_and_nan_are_mmdets():
    rule = RULES['second step']
    priors, boxes = anchors(64, 64), random_boxes(9, 64, 6)
    wanted, found = both(
        priors.bfloat16(), boxes.bfloat16(), boxes[:0].bfloat16(), rule
    )
    assert torch.equal(found.gt_inds, wanted.gt_inds)
    boxes[0, 0] = torch.nan
    wanted, found = both(priors, boxes, boxes[:0], rule)
    assert torch.equal(found.gt_inds, wanted.gt_inds)


@pytest.mark.slow
def test_a_real_crowd(shared, rule):
    """The training image with most faces, at its own size."""
    rows = read_bbx_gt(
        shared / 'wider_face' / 'wider_face_split' / 'wider_face_train_bbx_gt.txt'
    )
    boxes = torch.from_numpy(max(rows.values(), key=len)[:, :4]).float()
    boxes = boxes[(boxes[:, 2:] > 0).all(1)]
    boxes[:, 2:] += boxes[:, :2]
    size = [int(x) + 1 for x in boxes.amax(0)[2:]]
    # mmdet's matrix of all faces and all priors is a few GB: a part of the faces
    boxes = boxes[:300]
    assert_same(*both(anchors(size[1], size[0]), boxes, boxes[::40], rule), rule)
