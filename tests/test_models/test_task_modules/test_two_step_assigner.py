import re

import pytest
import torch
from mmdet.registry import TASK_UTILS
from mmengine.structures import InstanceData

from tests.test_models.made import gt

RULES = dict(
    type='TwoStepAssigner',
    first=dict(
        type='MaxIoUAssigner', pos_iou_thr=0.7, neg_iou_thr=0.3, match_low_quality=False
    ),
    second=dict(
        type='MaxIoUAssigner', pos_iou_thr=0.5, neg_iou_thr=0.4, match_low_quality=False
    ),
)
FACE = (0.0, 0.0, 10.0, 10.0)
# IoU with the face: .8, .6, .45, .35, .2, 0
PRIORS = torch.tensor(
    [[0, 0, w, 10] for w in (8.0, 6.0, 4.5, 3.5, 2.0)] + [[50, 50, 60, 60.0]]
)


@pytest.fixture
def assigner():
    return TASK_UTILS.build(RULES)


def test_first_step_is_strict_and_second_is_not(assigner):
    faces, _ = gt(FACE)
    priors = InstanceData(priors=PRIORS)
    with assigner.first_step():
        assert assigner.assign(priors, faces).gt_inds.tolist() == [1, -1, -1, -1, 0, 0]
    assert assigner.assign(priors, faces).gt_inds.tolist() == [1, 1, -1, 0, 0, 0]


def test_max_positives_leaves_each_face_its_best_anchors_in_the_second_step():
    faces, _ = gt(FACE, (50.0, 50, 60, 60))
    # of the first face .8, .6 and .6; of the second 1, .9, .55
    priors = torch.tensor(
        [[0, 0, 6, 10], [50, 50, 59, 60], [0, 0, 8, 10], [0, 0, 10, 6]]
        + [[50, 50, 60, 60], [50, 50, 55.5, 60], [90, 90, 99, 99]]
    )
    priors = InstanceData(priors=priors)
    limited = TASK_UTILS.build(dict(RULES, max_positives=2))
    with limited.first_step():
        first = limited.assign(priors, faces)
    assert first.gt_inds.tolist() == [-1, 2, 1, -1, 2, -1, 0]
    second = limited.assign(priors, faces)
    assert second.gt_inds.tolist() == [1, 2, 1, -1, 2, -1, 0]
    assert second.labels.tolist() == [0, 0, 0, -1, 0, -1, -1]
    one = TASK_UTILS.build(dict(RULES, max_positives=1))
    with one.first_step():
        assert one.assign(priors, faces).gt_inds.tolist() == first.gt_inds.tolist()
    assert one.assign(priors, faces).gt_inds.tolist() == [-1, -1, 1, -1, 2, -1, 0]


@pytest.mark.parametrize('wrong', [0, -1, 2.5, '6', True])
def test_a_limit_of_positives_is_a_whole_number(wrong):
    with pytest.raises(ValueError, match='TwoStepAssigner: max_positives='):
        TASK_UTILS.build(dict(RULES, max_positives=wrong))


def test_an_error_in_the_first_step_leaves_the_second_in_force(assigner):
    with pytest.raises(ZeroDivisionError), assigner.first_step():
        1 / 0  # noqa: B018
    faces, _ = gt(FACE)
    assert assigner.assign(InstanceData(priors=PRIORS), faces).gt_inds[1] == 1


def test_no_face_makes_every_anchor_background(assigner):
    faces, _ = gt()
    assert not assigner.assign(InstanceData(priors=PRIORS), faces).gt_inds.any()


def test_serves_alone_in_another_heads_train_cfg():
    from mmdet.registry import MODELS

    from tests.test_models.made import HEAD, TRAIN, maps, meta

    head = MODELS.build(
        dict(
            HEAD,
            type='RetinaHead',
            stacked_convs=1,
            train_cfg=dict(TRAIN, assigner=RULES),
        )
    )
    faces, ignore = gt((10.0, 12.0, 26.0, 32.0))
    losses = head.loss_by_feat(*head(maps()), [faces], [meta()], [ignore])
    assert sum(losses['loss_bbox']) > 0


def test_without_arguments_it_has_the_papers_thresholds():
    plain = TASK_UTILS.build(dict(type='TwoStepAssigner'))
    faces, _ = gt(FACE)
    priors = InstanceData(priors=PRIORS)
    with plain.first_step():
        assert plain.assign(priors, faces).gt_inds.tolist() == [1, -1, -1, -1, 0, 0]
    assert plain.assign(priors, faces).gt_inds.tolist() == [1, 1, -1, 0, 0, 0]


@pytest.mark.parametrize(
    'step, lacks',
    [
        (dict(type='ATSSAssigner', topk=9), 'num_level_priors'),
        (dict(type='TaskAlignedAssigner', topk=13), 'bboxes|scores'),
        (dict(type='SimOTAAssigner'), 'bboxes|scores'),
    ],
)
def test_assigners_that_need_more_are_refused_when_built(step, lacks):
    for name in ('first', 'second'):
        with pytest.raises(TypeError, match=f'{step["type"]} wants more than.*{lacks}'):
            TASK_UTILS.build(dict(RULES, **{name: step}))


@pytest.mark.parametrize('step', [None, 'MaxIoUAssigner', dict(pos_iou_thr=0.5)])
def test_a_rule_is_a_config(step):
    with pytest.raises(
        ValueError, match=r'TwoStepAssigner: first=.*: wants dict\(type'
    ):
        TASK_UTILS.build(dict(RULES, first=step))


def test_a_step_does_not_take_two_rules():
    with pytest.raises(ValueError, match='each step has one rule'):
        TASK_UTILS.build(dict(RULES, first=RULES))


@pytest.mark.parametrize(
    'wrong',
    [
        dict(pos_iou_thr=7),
        dict(pos_iou_thr='.5'),
        dict(min_pos_iou=3),
        dict(neg_iou_thr=-1.0),
        dict(neg_iou_thr=(0.4, 0.1)),
        dict(neg_iou_thr=(0.1, 0.2, 0.3)),
    ],
)
def test_thresholds_that_are_no_overlaps_are_refused(wrong):
    ((name, value),) = wrong.items()
    step = dict(type='SparseMaxIoUAssigner', pos_iou_thr=0.5, neg_iou_thr=0.4)
    with pytest.raises(ValueError, match=f'{name}={re.escape(repr(value))}: wants'):
        TASK_UTILS.build(dict(step, **wrong))


def test_thresholds_that_make_no_sense_are_refused():
    for neg in (0.6, (0.1, 0.6)):
        step = dict(type='SparseMaxIoUAssigner', pos_iou_thr=0.5, neg_iou_thr=neg)
        with pytest.raises(
            AssertionError, match=r'neg_iou_thr=.*0\.6.* is over pos_iou'
        ):
            TASK_UTILS.build(dict(RULES, second=step))
