import warnings

import pytest
import torch
from mmdet.models.dense_heads import AnchorHead
from mmdet.registry import MODELS
from mmengine.config import ConfigDict

from srn_mmdet.models.dense_heads.score_threshold import over_score_thr
from srn_mmdet.models.layers import RFEBlock, box_voting
from tests.test_models.made import (
    HEAD,
    SECOND,
    TEST,
    TRAIN,
    gt,
    maps,
    meta,
    pyramid,
    sample,
)

FACE = (10.0, 12.0, 26.0, 32.0)


def build(kind, **kwargs):
    torch.manual_seed(0)
    head = MODELS.build(dict(HEAD, type=kind, train_cfg=TRAIN, test_cfg=TEST, **kwargs))
    head.init_weights()
    return head


def targets(*images):
    """loss_by_feat's arguments for images given as lists of faces."""
    pairs = [gt(*boxes) for boxes in images]
    return (
        [faces for faces, _ in pairs],
        [meta() for _ in pairs],
        [ignore for _, ignore in pairs],
    )


@pytest.mark.parametrize(
    'images', [[[FACE]], [[]], [[FACE, (0, 0, 9, 9)], []]], ids=['one', 'none', 'two']
)
def test_no_refinement_is_plain_anchor_head(images):
    """Losses and predictions equal AnchorHead's own, bit for bit."""
    ours = build('TwoStepHead')
    theirs = AnchorHead(**HEAD, train_cfg=dict(TRAIN, assigner=SECOND), test_cfg=TEST)
    cls_scores, bbox_preds, first = ours(maps(len(images)))
    assert first == {}
    expected = theirs.loss_by_feat(cls_scores, bbox_preds, *targets(*images))
    got = ours.loss_by_feat(cls_scores, bbox_preds, first, *targets(*images))
    assert got.keys() == expected.keys()
    for key, losses in expected.items():
        assert all(torch.equal(a, b) for a, b in zip(got[key], losses))

    metas = [meta() for _ in images]
    expected = theirs.predict_by_feat(cls_scores, bbox_preds, batch_img_metas=metas)
    got = ours.predict_by_feat(cls_scores, bbox_preds, first, batch_img_metas=metas)
    for mine, other in zip(got, expected):
        assert len(mine) > 0
        assert torch.equal(mine.bboxes, other.bboxes)
        assert torch.equal(mine.scores, other.scores)


def test_towers_are_shared_by_levels_and_steps():
    """The same map gives the same prediction as P and as C."""
    head = build('SRNHead')
    x = maps()
    cls_scores, bbox_preds, first = head(x + x)
    for level in (0, 1, 2):
        assert torch.equal(first['cls'][level], cls_scores[level])
    for level in (3, 4, 5):
        assert torch.equal(first['reg'][level], bbox_preds[level])


@pytest.mark.parametrize(
    'kind, cls, reg',
    [
        ('SRNHead', [0, 1, 2], [3, 4, 5]),
        ('STCHead', [0, 1, 2], None),
        ('STRHead', None, [3, 4, 5]),
    ],
)
def test_first_step_computes_only_what_is_read(kind, cls, reg):
    _, _, first = build(kind)(pyramid())
    assert list(first['cls']) == cls if cls else 'cls' not in first
    assert list(first['reg']) == reg if reg else 'reg' not in first


def test_c_maps_of_read_levels_alone_give_the_same():
    head = build('STRHead').eval()
    x = pyramid()
    _, _, first = head(x)
    _, _, short = head(x[:6] + x[9:])
    for level in (3, 4, 5):
        assert torch.equal(first['reg'][level], short['reg'][level])


def test_other_pyramids_fail_at_once_and_say_what_is_wanted():
    for x in (maps(), pyramid()[:8], maps()[:4]):
        with pytest.raises(ValueError, match='6 P maps and 6 C maps'):
            build('SRNHead')(x)
    with pytest.raises(ValueError, match='got 4 maps'):
        build('TwoStepHead')(maps()[:4])


def test_unread_c_maps_are_warned_of_in_training_alone():
    head = build('STCHead')
    with pytest.warns(UserWarning, match=r'first_levels=\(0, 1, 2\)'):
        head(pyramid())
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        head.eval()(pyramid())


def test_levels_beyond_the_pyramid_are_refused():
    with pytest.raises(ValueError, match='stc_levels=\\(0, 6\\)'):
        build('SRNHead', stc_levels=(0, 6))


@pytest.mark.parametrize('kind', ['TwoStepHead', 'STCHead', 'STRHead', 'SRNHead'])
@pytest.mark.parametrize('boxes', [[], [FACE]], ids=['no face', 'one face'])
def test_gradients_reach_every_parameter(kind, boxes):
    head = build(kind)
    x = pyramid(first=head.first_levels)
    losses = head.loss_by_feat(*head(x), *targets(boxes))
    sum(sum(v) for k, v in losses.items() if 'loss' in k).backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name


def test_faces_on_the_border_and_beyond_train():
    head = build('SRNHead')
    boxes = [(-6.0, -4.0, 6.0, 8.0), (50.0, 50.0, 80.0, 90.0)]
    losses = head.loss_by_feat(*head(pyramid()), *targets(boxes))
    assert all(
        torch.stack(v).isfinite().all() for k, v in losses.items() if 'loss' in k
    )


def test_a_batch_is_trained_like_its_images():
    """Matching, dropping and refining are decided image by image."""
    head = build('SRNHead')
    x = pyramid(2)
    cls_scores, bbox_preds, first = head(x)
    whole = head.dropped(first), head.refine(first, _anchors(head, 2))
    for i in range(2):
        _, _, single = head(tuple(m[i : i + 1] for m in x))
        for level, drop in head.dropped(single).items():
            assert torch.equal(drop[0], whole[0][level][i])
        refined = head.refine(single, _anchors(head, 1))[0]
        for one, both in zip(refined, whole[1][i]):
            torch.testing.assert_close(one, both)


def _anchors(head, batch):
    sizes = [m.shape[-2:] for m in maps()]
    return head.get_anchors(sizes, [meta()] * batch, device='cpu')[0]


def test_release_tower_has_rfe_behind_its_first_convolution():
    head = build('SRNHead', rfe_in_tower=True)
    for tower in (head.cls_tower, head.reg_tower):
        assert [isinstance(m, RFEBlock) for m in tower] == [False, True, False]


def test_class_prediction_starts_at_the_focal_prior():
    head = build('SRNHead')
    assert torch.allclose(head.conv_cls.bias.sigmoid(), torch.tensor(0.01))
    assert not head.conv_reg.bias.any()


def test_half_precision_scores_give_float32_boxes():
    """Above 2048 px half keeps no odd pixel: anchors and decoding stay in float32."""
    head = build('SRNHead').eval()
    cls_scores, bbox_preds, first = head(pyramid())
    halves = converted((cls_scores, bbox_preds, first), torch.half)
    result = head.predict_by_feat(*halves, batch_img_metas=[meta()])[0]
    assert result.bboxes.dtype == torch.float32
    exact = converted(halves, torch.float)
    exact = head.predict_by_feat(*exact, batch_img_metas=[meta()])[0]
    assert torch.equal(result.bboxes, exact.bboxes)
    assert torch.equal(result.scores, exact.scores)


def converted(x, dtype):
    """Maps in lists and dicts, of another type."""
    if isinstance(x, torch.Tensor):
        return x.to(dtype)
    if isinstance(x, dict):
        return {key: converted(value, dtype) for key, value in x.items()}
    return [converted(value, dtype) for value in x]


@pytest.mark.parametrize('boxes', [[], [FACE]], ids=['no face', 'one face'])
def test_losses_under_autocast_are_float32(boxes):
    head = build('SRNHead')
    with torch.autocast('cpu', torch.bfloat16):
        outs = head(pyramid())
        assert outs[0][0].dtype == torch.bfloat16
        losses = head.loss_by_feat(*outs, *targets(boxes))
    exact = head.loss_by_feat(*converted(outs, torch.float), *targets(boxes))
    for key, values in losses.items():
        if 'loss' in key:
            assert torch.stack(values).isfinite().all()
            assert all(value.dtype == torch.float32 for value in values), key
            torch.testing.assert_close(values, exact[key])


def test_small_maps_may_be_exempt_from_the_score_threshold():
    """64 px: 256, 64, 16, 4, 1, 1 places; all scores .02, one on each map .9."""
    head = MODELS.build(dict(HEAD, type='TwoStepHead', test_cfg=TEST))
    scores = [torch.full_like(m[:, :2], -3.8918) for m in maps()]
    for score in scores:
        score[0, 0, 0, 0] = 2.1972
    deltas = [torch.zeros(1, 8, *m.shape[-2:]) for m in maps()]

    def count(**options):
        cfg = ConfigDict(TEST, score_thr=0.05, nms=dict(type='nms', iou_threshold=1.0))
        cfg.update(options)
        results = head.predict_by_feat(
            scores, deltas, {}, batch_img_metas=[meta()], cfg=cfg
        )
        return len(results[0])

    assert count() == 6
    assert count(score_thr_min_places=2) == 4 + 2 * 2
    assert count(score_thr_min_places=16) == 3 + (4 + 1 + 1) * 2
    assert count(score_thr_min_places=17) == 2 + (16 + 4 + 1 + 1) * 2


def test_a_score_at_the_threshold_is_not_over_it():
    cfg = ConfigDict(score_thr=0.5, score_thr_min_places=1)
    scores, _ = over_score_thr([torch.zeros(2, 4, 4)], cfg)
    assert scores[0].isneginf().all()


VOTING = ConfigDict(TEST, nms=dict(type='box_voting', iou_threshold=0.4))


def test_boxes_may_vote_instead_of_nms():
    """What the head would give NMS, voted; nothing where there is nothing."""
    head = build('SRNHead').eval()
    outs, metas = head(pyramid()), [meta()]
    raw = head.predict_by_feat(*outs, batch_img_metas=metas, with_nms=False)[0]
    boxes, scores = box_voting(raw.bboxes, raw.scores, 0.4, offset=0)
    result = head.predict_by_feat(*outs, batch_img_metas=metas, cfg=VOTING)[0]
    assert 20 < len(result) < len(raw)
    assert torch.equal(result.bboxes, boxes) and torch.equal(result.scores, scores)
    assert not result.labels.any() and result.labels.dtype == raw.labels.dtype

    best = ConfigDict(VOTING, max_per_img=7)
    result = head.predict_by_feat(*outs, batch_img_metas=metas, cfg=best)[0]
    assert torch.equal(result.bboxes, boxes[:7])
    none = ConfigDict(VOTING, score_thr=1.0)
    assert not len(head.predict_by_feat(*outs, batch_img_metas=metas, cfg=none)[0])


def test_boxes_of_two_classes_do_not_vote_for_each_other():
    """One place, two classes: the same box twice, each with its own score."""
    head = MODELS.build(dict(HEAD, num_classes=2, type='TwoStepHead', test_cfg=VOTING))
    scores = [torch.full((1, 4, *m.shape[-2:]), -9.0) for m in maps()]
    scores[2][0, :2, 1, 1] = torch.tensor([1.0, 2.0])
    deltas = [torch.zeros(1, 8, *m.shape[-2:]) for m in maps()]
    cfg = ConfigDict(VOTING, score_thr=0.5)
    result = head.predict_by_feat(
        scores, deltas, {}, batch_img_metas=[meta()], cfg=cfg
    )[0]
    assert result.labels.tolist() == [1, 0]
    torch.testing.assert_close(result.scores, torch.tensor([2.0, 1.0]).sigmoid())
    assert torch.equal(result.bboxes[0], result.bboxes[1])
    best = ConfigDict(cfg, max_per_img=1)  # of both classes together
    result = head.predict_by_feat(
        scores, deltas, {}, batch_img_metas=[meta()], cfg=best
    )[0]
    assert result.labels.tolist() == [1]


def test_detections_are_in_pixels_of_the_original_image():
    """Or of the network's input, as asked; by the way that detectors take."""
    head = build('SRNHead').eval()
    data = sample()
    data.set_metainfo(dict(scale_factor=(2.0, 4.0)))
    inside = head.predict(pyramid(), [data])[0]
    outside = head.predict(pyramid(), [data], rescale=True)[0]
    assert len(inside) == len(outside) > 20
    torch.testing.assert_close(outside.scores, inside.scores)
    scale = torch.tensor([2.0, 4.0, 2.0, 4.0])
    # NMS was of other boxes: the best one is the same
    torch.testing.assert_close(outside.bboxes[0] * scale, inside.bboxes[0])


@torch.no_grad()
def test_it_can_be_traced_as_mmdets_get_flops_does():
    head = build('SRNHead').eval()
    x = pyramid()
    traced = torch.jit.trace(head, (x,), strict=False, check_trace=False)
    *second, first = traced(x)
    wanted = head(x)
    maps = {
        f'{k}.{level}': out for k in wanted[2] for level, out in wanted[2][k].items()
    }
    torch.testing.assert_close(first, maps)
    torch.testing.assert_close(second, [*wanted[:2]])
