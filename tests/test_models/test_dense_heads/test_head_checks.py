"""Settings that would pass in silence, or fail without a word in the first step."""

import re
import warnings

import pytest
from mmdet.registry import MODELS
from mmengine.config import ConfigDict

from tests.test_models.made import HEAD, SECOND, TEST, TRAIN

GIOU = dict(type='GIoULoss')


def head(kind='SRNHead', **kwargs):
    return MODELS.build(dict(HEAD, type=kind, **dict(dict(train_cfg=TRAIN), **kwargs)))


@pytest.mark.parametrize('levels', [2, (0, 9), (1, 0), (0, 0), '0'])
@pytest.mark.parametrize('name', ['stc_levels', 'str_levels'])
def test_levels_that_do_not_exist_are_refused(name, levels):
    with pytest.raises(ValueError, match=f'{name}=.*: wants levels of 0..5'):
        head(**{name: levels})


def test_no_levels_are_refused():
    with pytest.raises(AssertionError, match=r'stc_levels=\(\): wants at least one'):
        head(stc_levels=())


def test_str_takes_the_three_highest_levels_of_any_pyramid():
    five = dict(HEAD['anchor_generator'], strides=[8, 16, 32, 64, 128])
    found = head('STRHead', anchor_generator=five)
    assert found.str_levels == found.first_levels == (2, 3, 4)
    assert head().str_levels == (3, 4, 5)


def test_both_on_one_level_is_said():
    with pytest.warns(UserWarning, match=r'both on levels \[2\]'):
        head(str_levels=(2, 3))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        head()


@pytest.mark.parametrize('value', [2, 1, -0.1, '0.5'])
def test_thresholds_out_of_range_are_refused(value):
    with pytest.raises(AssertionError, match=r'test_cfg\.stc_score_thr='):
        head(test_cfg=ConfigDict(TEST, stc_score_thr=value))
    with pytest.raises(AssertionError, match='stc_score_thr='):
        head('STCHead', stc_score_thr=value)


@pytest.mark.parametrize('kind', ['QualityFocalLoss', 'VarifocalLoss'])
def test_losses_of_quality_are_refused(kind):
    with pytest.raises(AssertionError, match=f'loss_cls={kind}: wants the quality'):
        head(loss_cls=dict(type=kind, use_sigmoid=True))


def test_losses_of_boxes_want_decoded_boxes():
    with pytest.raises(AssertionError, match='loss_bbox=GIoULoss.*reg_decoded_bbox'):
        head(loss_bbox=GIOU)
    head(loss_bbox=GIOU, reg_decoded_bbox=True)


@pytest.mark.parametrize('kind', ['STCHead', 'STRHead', 'SRNHead'])
def test_one_rule_for_both_steps_is_refused(kind):
    with pytest.raises(ValueError, match=f'{kind} with MaxIoUAssigner: one rule would'):
        head(kind, train_cfg=dict(TRAIN, assigner=SECOND))
    head('TwoStepHead', train_cfg=dict(TRAIN, assigner=SECOND))  # it has one step


@pytest.mark.parametrize(
    'wrong',
    [
        dict(stacked_convs=1.5),
        dict(stacked_convs='2'),
        dict(in_channels=[8] * 6),
        dict(feat_channels=0),
        dict(num_classes='1'),
        dict(loss_cls=None),
        dict(bbox_coder='DeltaXYWHBBoxCoder'),
        dict(anchor_generator=dict(strides=[8])),
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_arguments_of_another_kind_are_named(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f'^{name}={re.escape(repr(value))}: wants'):
        head(**wrong)


@pytest.mark.parametrize(
    'wrong',
    [
        dict(score_thr=5),
        dict(score_thr=None),
        dict(nms_pre=-7),
        dict(max_per_img=0),
        dict(score_thr_min_places='a'),
        dict(nms=dict(type='foo', iou_threshold=0.5)),
        dict(nms=dict(type='nms', iou_threshold=7)),
        dict(nms=dict(type='box_voting')),
        dict(nms=None),
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_settings_of_the_test_are_read_as_the_head_is_built(wrong):
    with pytest.raises(ValueError, match=rf'^test_cfg\.{next(iter(wrong))}.*: wants'):
        head(test_cfg=ConfigDict(TEST, **wrong))


@pytest.mark.parametrize(
    'wrong',
    [
        dict(bbox_coder=dict(type='DistancePointBBoxCoder')),
        dict(bbox_coder=dict(type='YOLOBBoxCoder')),
        dict(
            anchor_generator=dict(
                type='MlvlPointGenerator', strides=[4, 8, 16, 32, 64, 128]
            )
        ),
    ],
    ids=lambda wrong: next(iter(wrong.values()))['type'],
)
def test_points_and_coders_of_something_else_are_refused(wrong):
    with pytest.raises(ValueError, match='wants anchors and a coder of boxes on them'):
        head(**wrong)


def test_a_coder_that_cannot_code_says_why():
    coder = dict(type='DeltaXYWHBBoxCoder', target_stds=(0.1, 0.2))
    with pytest.raises(ValueError, match=r'DeltaXYWHBBoxCoder: wants .*\(.*size'):
        head(bbox_coder=coder)


def test_a_training_without_a_rule_is_refused():
    with pytest.raises(ValueError, match='train_cfg has no assigner'):
        head(train_cfg=dict(sampler=dict(type='PseudoSampler')))
