import pytest
import torch
from mmdet.registry import MODELS

from tests.test_models.made import CHANNELS, HEAD, TEST, TRAIN, maps


def head(**kwargs):
    torch.manual_seed(0)
    cfg = dict(HEAD, type='MaxOutSRNHead', train_cfg=TRAIN, test_cfg=TEST, **kwargs)
    built = MODELS.build(cfg)
    built.init_weights()
    return built


def test_score_is_the_softmax_of_the_best_face_and_the_best_background_score():
    built = head(num_face=2, num_background=3)
    x = maps()[3]
    features = built.cls_tower(x)
    face = built.conv_cls(features)  # (1, 2 anchors * 2, H, W)
    background = built.conv_background(features)
    for anchor in (0, 1):
        best = torch.stack(
            [
                background[0, 3 * anchor : 3 * anchor + 3].amax(0),
                face[0, 2 * anchor : 2 * anchor + 2].amax(0),
            ]
        )
        torch.testing.assert_close(
            built.forward_cls(x)[0, anchor].sigmoid(), best.softmax(0)[1]
        )


def test_with_one_score_each_it_is_srn_where_background_is_zero():
    built = head(num_face=1, num_background=1)
    torch.nn.init.zeros_(built.conv_background.weight)
    plain = MODELS.build(dict(HEAD, type='SRNHead', train_cfg=TRAIN, test_cfg=TEST))
    state = {k: v for k, v in built.state_dict().items() if 'background' not in k}
    plain.load_state_dict(state, strict=True)
    x = maps()[2]
    assert torch.equal(built.forward_cls(x), plain.forward_cls(x))


def test_starts_at_the_focal_prior():
    built = head()
    zeros = torch.zeros(1, CHANNELS, 2, 2)
    for layer in built.cls_tower:
        torch.nn.init.zeros_(layer.conv.bias)
    torch.testing.assert_close(
        built.forward_cls(zeros).sigmoid(), torch.full((1, 2, 2, 2), 0.01)
    )


def test_wants_a_score_of_each():
    with pytest.raises(ValueError, match='num_face=0'):
        head(num_face=0)
