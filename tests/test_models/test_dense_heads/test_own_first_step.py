"""Branches of the first step's own (`first_step`), in place of shared ones."""

import pytest
import torch
from mmdet.registry import MODELS
from mmdet.utils import register_all_modules
from mmengine.config import Config

from tests.test_models.made import HEAD, TEST, TRAIN, gt, meta, pyramid
from tests.test_models.test_dense_heads.test_selective import (
    CONFIGS,
    FACES,
    assert_same_step,
    build,
    gradients,
    images,
)

FACE = (10.0, 12.0, 26.0, 32.0)
KINDS = ['STCHead', 'STRHead', 'SRNHead', 'MaxOutSRNHead']


def head_of(kind, **kwargs):
    torch.manual_seed(0)
    head = MODELS.build(dict(HEAD, type=kind, train_cfg=TRAIN, test_cfg=TEST, **kwargs))
    head.init_weights()
    return head


@pytest.mark.parametrize('kind', KINDS)
def test_shared_is_the_default_to_the_bit(kind):
    plain = head_of(kind)
    assert not any('first' in name for name in plain.state_dict())
    own = head_of(kind, first_step=dict())
    missing, unexpected = own.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected and missing
    assert all(name.startswith(('first_cls.', 'first_reg.')) for name in missing)
    x = pyramid(first=plain.first_levels)
    for mine, theirs in zip(own(x)[:2], plain(x)[:2], strict=True):  # the second step
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))


@pytest.mark.parametrize('kind', KINDS)
def test_its_predictions_are_those_of_its_branches(kind):
    head = head_of(kind, first_step=dict(feat_channels=4, stacked_convs=2))
    x = pyramid()
    first = head(x)[2]
    for name, branch in (('cls', 'first_cls'), ('reg', 'first_reg')):
        for level, found in first.get(name, {}).items():
            assert torch.equal(found, getattr(head, branch)(x[6 + level]))
    assert first


def test_its_class_prediction_starts_at_the_focal_prior():
    head = head_of('SRNHead', first_step=dict())
    prior = head.first_cls.conv_pred.bias.sigmoid()
    assert torch.allclose(prior, torch.tensor(0.01))
    assert not head.first_reg.conv_pred.bias.any()


def test_it_has_numbers_for_as_many_anchors_as_a_place_has():
    anchors = dict(HEAD['anchor_generator'], scales=[2])
    head = head_of('SRNHead', first_step=dict(), anchor_generator=anchors)
    assert head.first_cls.conv_pred.out_channels == 1
    assert head.first_reg.conv_pred.out_channels == 4


@pytest.mark.parametrize('selective', [True, False])
@pytest.mark.parametrize('boxes', [[], [FACE]], ids=['no face', 'one face'])
@pytest.mark.parametrize('kind', KINDS)
def test_every_parameter_gets_a_gradient(kind, boxes, selective):
    """Or DistributedDataParallel stops."""
    head = head_of(kind, first_step=dict(depthwise=True), selective=selective)
    x = pyramid(first=head.first_levels)
    faces, ignore = gt(*boxes)
    losses = head.loss_by_feat(*head(x), [faces], [meta()], [ignore])
    sum(sum(v) for k, v in losses.items() if 'loss' in k).backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name


@pytest.mark.parametrize(
    'wrong',
    [dict(channels=8), dict(bias_prob=0.1), True, 'own', dict(in_channels=4)],
)
def test_other_arguments_are_refused_when_built(wrong):
    with pytest.raises(ValueError, match='first_step=.*feat_channels, stacked_convs'):
        head_of('SRNHead', first_step=wrong)


def test_a_head_without_a_first_step_refuses_one():
    with pytest.raises(ValueError, match='this head has no first step'):
        head_of('TwoStepHead', first_step=dict())


def own(config='srn_r50_widerface.py'):
    """A detector whose first step is its own and reads the pyramid's sums."""
    neck = [dict(first_sums=(0, 1, 2)), dict(num_maps=6)]
    return build(config, neck, first_step=dict(feat_channels=8))


@pytest.mark.parametrize('faces', [[FACES, []], [[], []]], ids=['faces', 'none'])
def test_a_detector_trains_alike_selective_or_not(faces):
    found = []
    for selective in (True, False):
        model = own().train()
        model.bbox_head.selective = selective
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()
        found.append(gradients(model, *faces))
        missing = {n for n, p in model.named_parameters() if p.requires_grad}
        assert not missing - found[-1][1].keys()
    assert_same_step(*found)


def test_two_stage_detectors_get_tensors():
    register_all_modules()
    cfg = Config.fromfile(CONFIGS / 'mix' / 'faster-rcnn_r50_srn-rpn_coco.py').model
    cfg.backbone.init_cfg = None
    fpn = cfg.neck[0] if isinstance(cfg.neck, list) else cfg.neck
    fpn.update(deferred_levels=(0,), first_sums=(0,))
    model = MODELS.build(cfg)
    for mode in (True, False):
        feats = model.train(mode).extract_feat(torch.randn(1, 3, 64, 64))
        assert all(torch.is_tensor(feat) for feat in feats)


def test_detections_are_those_of_the_same_maps_made_plain():
    """RFE and the P convolutions do not touch what the first step reads."""
    model, data = own(), images((64, 96))
    inputs = model.data_preprocessor(data, False)['inputs']
    with torch.no_grad():
        feats = model.extract_feat(inputs)
        first = model.bbox_head(feats)[2]
        for level in (0, 1, 2):
            base = feats[level].base
            assert feats[6 + level] is base
            expected = model.bbox_head.first_cls(base)
            assert torch.equal(first['cls'][level], expected)
        assert sorted(first['reg']) == [3, 4, 5]
