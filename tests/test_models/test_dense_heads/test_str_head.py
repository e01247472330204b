import torch
from mmdet.registry import MODELS
from mmdet.structures.bbox import bbox_overlaps

from srn_mmdet.models.layers import from_anchors
from tests.test_models.made import HEAD, SECOND, TEST, TRAIN, gt, maps, meta

SIZES = [m.shape[-2:] for m in maps()]
# 54 x 68 about (47, 48): beside level 3's anchor of 57 x 72 about (48, 48)
FACE = torch.tensor([20.0, 14.0, 74.0, 82.0])


def str_head(**kwargs):
    cfg = dict(HEAD, type='STRHead', train_cfg=TRAIN, test_cfg=TEST, **kwargs)
    return MODELS.build(cfg)


def tiled(head):
    return head.get_anchors(SIZES, [meta()], 'cpu')[0]


def perfect_first(head, face=FACE):
    """First-step deltas that move every anchor exactly onto the face."""
    reg = {}
    for level in head.str_levels:
        anchors = tiled(head)[0][level]
        deltas = head.bbox_coder.encode(anchors, face.expand_as(anchors))
        reg[level] = from_anchors(deltas[None], SIZES[level])
    return dict(reg=reg)


def second_step():
    cls = [torch.zeros(1, 2, *size) for size in SIZES]
    reg = [torch.zeros(1, 8, *size) for size in SIZES]
    return cls, reg


def loss(head, first, *boxes):
    faces, ignore = gt(*boxes)
    return head.loss_by_feat(*second_step(), first, [faces], [meta()], [ignore])


def test_anchors_move_by_the_first_steps_deltas_on_its_levels_alone():
    head = str_head()
    before = tiled(head)
    copies = [level.clone() for level in before[0]]
    after = head.refine(perfect_first(head), before)
    for level in range(3):
        assert after[0][level] is before[0][level]
    for level in (3, 4, 5):
        torch.testing.assert_close(
            after[0][level], FACE.expand_as(after[0][level]), atol=1e-3, rtol=0
        )
    # nothing was edited in place
    assert all(torch.equal(a, b) for a, b in zip(before[0], copies))


def test_second_step_matches_and_regresses_from_the_moved_anchors():
    """All anchors on the face: each a positive, nothing left to regress."""
    head = str_head()
    losses = loss(head, perfect_first(head), FACE.tolist())
    high = torch.stack(losses['loss_bbox'][3:])
    torch.testing.assert_close(high, torch.zeros(3), atol=1e-5, rtol=0)
    still = {k: torch.zeros_like(v) for k, v in perfect_first(head)['reg'].items()}
    assert loss(head, dict(reg=still), FACE.tolist())['loss_bbox'][3] > 0.01


def test_first_step_regresses_from_the_tiled_anchors():
    head = str_head()
    losses = loss(head, perfect_first(head), FACE.tolist())
    torch.testing.assert_close(
        torch.stack(losses['loss_str']), torch.zeros(3), atol=1e-5, rtol=0
    )


def test_the_first_steps_loss_is_a_one_step_heads():
    """With one rule of matching for both, and the same deltas."""
    assigner = dict(type='TwoStepAssigner', first=SECOND, second=SECOND)
    cfg = dict(HEAD, train_cfg=dict(TRAIN, assigner=assigner), test_cfg=TEST)
    scores, _ = second_step()
    deltas = [torch.randn(1, 8, *size) for size in SIZES]
    one_step = MODELS.build(dict(cfg, type='TwoStepHead'))
    faces, ignore = gt(FACE.tolist())
    wanted = one_step.loss_by_feat(scores, deltas, {}, [faces], [meta()], [ignore])
    first = dict(reg={level: deltas[level] for level in (3, 4, 5)})
    losses = loss(MODELS.build(dict(cfg, type='STRHead')), first, FACE.tolist())
    assert losses['loss_str'] == wanted['loss_bbox'][3:] and sum(losses['loss_str']) > 0


def test_logged_ious_tell_how_far_the_anchors_moved():
    head = str_head()
    stats = loss(head, perfect_first(head), FACE.tolist())
    anchors = torch.cat(tiled(head)[0][3:])
    expected = bbox_overlaps(anchors, FACE[None]).mean()  # all become positives
    torch.testing.assert_close(stats['str_iou_before'], expected)
    torch.testing.assert_close(stats['str_iou_after'], torch.tensor(1.0))
    assert 'str_iou_before' not in loss(head, perfect_first(head))  # no positives


def test_no_gradient_flows_through_the_moved_anchors():
    head = str_head()
    first = perfect_first(head)
    for delta in first['reg'].values():
        delta.requires_grad_()
    losses = loss(head, first, (22.0, 16.0, 74.0, 80.0))
    second = sum(losses['loss_bbox']) + sum(losses['loss_cls'])
    assert not second.requires_grad
    assert sum(losses['loss_str']).requires_grad


def test_detections_come_from_the_moved_anchors():
    head = str_head()
    result = head.predict_by_feat(
        *second_step(), perfect_first(head), batch_img_metas=[meta()], with_nms=False
    )[0]
    face = FACE.clamp(max=64)  # detections end at the border
    close = (result.bboxes - face).abs().amax(1) < 1e-2
    assert close.sum() == sum(2 * h * w for h, w in SIZES[3:])


def test_each_image_of_a_batch_has_its_own_moved_anchors():
    head, faces = str_head(), (FACE, torch.tensor([2.0, 4.0, 40.0, 50.0]))
    alone = [perfect_first(head, face)['reg'] for face in faces]
    first = {level: torch.cat([reg[level] for reg in alone]) for level in alone[0]}
    maps_ = [[torch.cat([m, m]) for m in of] for of in second_step()]
    results = head.predict_by_feat(
        *maps_, dict(reg=first), batch_img_metas=[meta(), meta()], with_nms=False
    )
    for face, result in zip(faces, results):
        close = (result.bboxes - face.clamp(max=64)).abs().amax(1) < 1e-2
        assert close.sum() == sum(2 * h * w for h, w in SIZES[3:])


def test_moved_anchors_are_not_clipped_to_the_image():
    head = str_head()
    outside = torch.tensor([-40.0, -30.0, 20.0, 45.0])
    after = head.refine(perfect_first(head, outside), tiled(head))
    torch.testing.assert_close(after[0][5][0], outside, atol=1e-2, rtol=0)


def test_iou_losses_train_on_decoded_boxes():
    head = MODELS.build(
        dict(
            HEAD,
            type='SRNHead',
            reg_decoded_bbox=True,
            loss_bbox=dict(type='IoULoss'),
            train_cfg=TRAIN,
            test_cfg=TEST,
        )
    )
    first = dict(
        perfect_first(head),
        cls={i: torch.zeros(1, 2, *SIZES[i]) for i in head.stc_levels},
    )
    losses = loss(head, first, FACE.tolist())
    torch.testing.assert_close(
        torch.stack(losses['loss_str']), torch.zeros(3), atol=1e-3, rtol=0
    )
    # the second step's boxes, decoded from where the first left the anchors
    torch.testing.assert_close(
        torch.stack(losses['loss_bbox'][3:]), torch.zeros(3), atol=1e-3, rtol=0
    )
    torch.testing.assert_close(losses['str_iou_after'], torch.tensor(1.0))
