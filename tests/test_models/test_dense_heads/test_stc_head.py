import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures.bbox import bbox_overlaps
from mmengine.config import ConfigDict

from srn_mmdet.models.layers import from_anchors
from tests.test_models.made import HEAD, TEST, TRAIN, gt, maps, meta

FACE = (8.0, 8.0, 24.0, 28.0)  # 16 x 20
LOGIT = {0.001: -6.9068, 0.5: 0.0, 0.9: 2.1972}


def stc(**kwargs):
    cfg = dict(HEAD, type='STCHead', train_cfg=TRAIN, test_cfg=TEST, **kwargs)
    return MODELS.build(cfg)


def made_scores(head, value):
    """First-step logits: ``value`` everywhere on STC's levels."""
    sizes = [m.shape[-2:] for m in maps()]
    return dict(
        cls={
            level: torch.full((1, 2, *sizes[level]), LOGIT[value])
            for level in head.stc_levels
        }
    )


def loss(head, cls_scores, bbox_preds, first, *boxes):
    faces, ignore = gt(*boxes)
    return head.loss_by_feat(cls_scores, bbox_preds, first, [faces], [meta()], [ignore])


def second_step(value=0.5):
    cls = [torch.full((1, 2, *m.shape[-2:]), LOGIT[value]) for m in maps()]
    reg = [torch.zeros(1, 8, *m.shape[-2:]) for m in maps()]
    return cls, reg


def test_easy_negatives_get_no_weight_and_positives_stay():
    head = stc()
    cls_scores, bbox_preds = second_step()
    cls_scores = [c.requires_grad_() for c in cls_scores]
    first = made_scores(head, 0.001)
    losses = loss(head, cls_scores, bbox_preds, first, FACE)
    sum(losses['loss_cls']).backward()

    anchors = head.get_anchors([m.shape[-2:] for m in maps()], [meta()], 'cpu')[0][0]
    faces, _ = gt(FACE)
    positives = 0
    for level in head.stc_levels:
        iou = bbox_overlaps(anchors[level], faces.bboxes)[:, 0]
        size = cls_scores[level].shape[-2:]
        is_pos = from_anchors((iou >= 0.5)[None, :, None], size)
        grad = cls_scores[level].grad
        assert (grad[is_pos] != 0).all()
        assert not grad[~is_pos].any()
        positives += int(is_pos.sum())
    assert positives > 0
    # the levels without a first step keep all their negatives
    assert all(c.grad.any() for c in cls_scores[3:])


def test_hard_negatives_keep_their_weight():
    head = stc()
    cls_scores, bbox_preds = second_step()
    all_kept = loss(head, cls_scores, bbox_preds, made_scores(head, 0.9), FACE)
    none_kept = loss(head, cls_scores, bbox_preds, made_scores(head, 0.001), FACE)
    anchors_of_level_2 = 2 * 4 * 4
    # 16 x 20 is 0.52 of level 1's anchor of 20.2 x 25.3, none on level 2: all negative
    focal = 0.75 * 0.5**2 * torch.log(torch.tensor(2.0))
    per_positive = all_kept['loss_cls'][2] / anchors_of_level_2
    assert none_kept['loss_cls'][2] == 0
    positives = focal / per_positive
    torch.testing.assert_close(positives, positives.round())
    assert positives >= 1


def test_first_loss_is_the_focal_loss_of_first_scores_under_first_matching():
    head = stc()
    cls_scores, bbox_preds = second_step()
    losses = loss(head, cls_scores, bbox_preds, made_scores(head, 0.5))
    # no face: every anchor negative, p = .5, divided by 1
    focal = 0.75 * 0.5**2 * torch.log(torch.tensor(2.0))
    counts = [2 * 16 * 16, 2 * 8 * 8, 2 * 4 * 4]
    torch.testing.assert_close(
        torch.stack(losses['loss_stc']), focal * torch.tensor(counts)
    )


def test_first_step_matches_more_strictly_than_the_second():
    """A face with IoU between .5 and .7 with its best anchors, no low-quality match."""
    train = dict(TRAIN, assigner=dict(TRAIN['assigner']))
    for step in ('first', 'second'):
        train['assigner'][step] = dict(train['assigner'][step], match_low_quality=False)
    head = MODELS.build(dict(HEAD, type='STCHead', train_cfg=train, test_cfg=TEST))
    cls_scores, bbox_preds = second_step()
    # anchor of 7.2 x 8.9 on level 0, centre (10, 10); the face is the same, 1.6 times
    # as wide: IoU 1 / 1.6 = .625
    face = (10 - 5.72, 10 - 4.47, 10 + 5.72, 10 + 4.47)
    stats = loss(head, cls_scores, bbox_preds, made_scores(head, 0.9), face)
    assert stats['stc_pos_share_before'] > 0
    first = made_scores(head, 0.9)
    first['cls'] = {k: v.requires_grad_() for k, v in first['cls'].items()}
    losses = loss(head, cls_scores, bbox_preds, first, face)
    sum(losses['loss_stc']).backward()
    for score in first['cls'].values():  # a positive pulls the logit up: gradient < 0
        assert not (score.grad < 0).any()


def test_logged_figures_count_what_was_dropped():
    head = stc()
    cls_scores, bbox_preds = second_step()
    stats = loss(head, cls_scores, bbox_preds, made_scores(head, 0.001))
    assert stats['stc_dropped'] == 2 * (16 * 16 + 8 * 8 + 4 * 4)
    assert stats['stc_pos_share_before'] == stats['stc_pos_share_after'] == 0
    stats = loss(head, cls_scores, bbox_preds, made_scores(head, 0.001), FACE)
    assert 0 < stats['stc_pos_share_before'] < 0.2
    assert stats['stc_pos_share_after'] == 1  # only positives are left


def test_logged_figures_are_of_an_image():
    head = stc()
    first = made_scores(head, 0.001)
    alone = loss(head, *second_step(), first, FACE)
    maps_ = [[torch.cat([m, m]) for m in of] for of in second_step()]
    first = dict(cls={level: torch.cat([m, m]) for level, m in first['cls'].items()})
    faces, ignore = gt(FACE)
    both = head.loss_by_feat(
        *maps_, first, [faces, faces], [meta(), meta()], [ignore, ignore]
    )
    assert both['stc_dropped'] == alone['stc_dropped'] > 0


def test_prediction_drops_every_anchor_below_the_threshold():
    head = stc()
    cls_scores, bbox_preds = second_step(0.9)
    first = made_scores(head, 0.001)
    first['cls'][0][0, 1, 2, 3] = LOGIT[0.5]  # row 2, column 3, second anchor
    result = head.predict_by_feat(
        cls_scores, bbox_preds, first, batch_img_metas=[meta()], with_nms=False
    )[0]
    low = result.bboxes[result.bboxes[:, 3] - result.bboxes[:, 1] < 50]
    # 2 * 2**.5 * 4 = 11.31: 10.12 x 12.65 about (14, 10)
    expected = torch.tensor([[14 - 5.06, 10 - 6.32, 14 + 5.06, 10 + 6.32]])
    torch.testing.assert_close(low, expected, atol=0.01, rtol=0)
    kept = made_scores(head, 0.5)
    result = head.predict_by_feat(
        cls_scores, bbox_preds, kept, batch_img_metas=[meta()], with_nms=False
    )[0]
    assert len(result) == sum(c.numel() for c in cls_scores)


def test_the_threshold_itself_is_dropped():
    head = stc(stc_score_thr=0.5)
    drop = head.dropped(made_scores(head, 0.5))
    assert all(d.all() for d in drop.values())


def test_an_anchor_stays_for_the_best_of_its_classes():
    head = MODELS.build(dict(HEAD, type='STCHead', num_classes=2, test_cfg=TEST))
    scores = torch.full((1, 4, 16, 16), LOGIT[0.001])
    scores[0, 1] = LOGIT[0.5]  # the first anchor of each place, its second class
    dropped = head.dropped(dict(cls={0: scores}))[0]
    assert dropped.reshape(-1, 2).any(0).tolist() == [False, True]


def test_softmax_scores_are_refused():
    loss_cls = dict(type='CrossEntropyLoss', use_sigmoid=False)
    with pytest.raises(AssertionError, match='use_sigmoid'):
        MODELS.build(dict(HEAD, type='STCHead', loss_cls=loss_cls))


def test_test_cfg_may_have_another_threshold_for_test_time_alone():
    head = stc(stc_score_thr=0.0005)
    head.test_cfg = ConfigDict(TEST, stc_score_thr=0.01)
    first = made_scores(head, 0.001)
    assert not any(drop.any() for drop in head.train().dropped(first).values())
    assert all(drop.all() for drop in head.eval().dropped(first).values())


@pytest.mark.parametrize('tested, warned', [(0.02, True), (0.05, False), (0.1, False)])
def test_a_test_that_asks_what_was_not_learnt_is_warned_of(log, tested, warned):
    cfg = dict(HEAD, type='STCHead', train_cfg=TRAIN, stc_score_thr=0.05)
    MODELS.build(dict(cfg, test_cfg=ConfigDict(TEST, stc_score_thr=tested)))
    assert ('did not learn' in log.text) is warned
