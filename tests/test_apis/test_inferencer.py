"""The detector for pictures: made weights, so that nothing has to be trained."""

import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import MODELS

from srn_mmdet.apis.inferencer import CONFIG, SRNInferencer
from srn_mmdet.apis.published import publish
from srn_mmdet.apis.runner import find_config, load_config


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Random ones, so biased that some hundred boxes come out."""
    folder = tmp_path_factory.mktemp('weights')
    cfg = load_config(CONFIG)
    cfg.model.backbone.init_cfg = None
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    torch.nn.init.constant_(model.bbox_head.conv_cls.bias, -1)
    for module in model.modules():  # as if trained: batch norm that is no identity
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
    torch.save(dict(state_dict=model.state_dict()), folder / 'made.pth')
    return str(publish(str(folder / 'made.pth'), str(folder / 'm.pth'), half=False))


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)


def detector(weights, **kwargs):
    """One look at a picture as it is, unless said otherwise."""
    kwargs = dict(large_side=0, min_side=0) | kwargs
    return SRNInferencer(CONFIG, weights, 'cpu', **kwargs)


def test_detections_are_those_of_mmdets_inferencer(weights, picture, tmp_path):
    from mmdet.apis import inference_detector, init_detector

    rows = detector(weights)(picture)
    model = init_detector(find_config(CONFIG), weights, device='cpu')
    wanted = inference_detector(model, picture).pred_instances
    assert 50 < len(rows) == len(wanted)
    # fused batch norm and channels last: not the same to the bit
    np.testing.assert_allclose(rows[:, 4], wanted.scores, atol=1e-4)
    np.testing.assert_allclose(rows[:20, :4], wanted.bboxes[:20], atol=0.05)
    assert (np.diff(rows[:, 4]) <= 0).all()


def test_a_reduced_picture_gives_boxes_in_its_own_pixels(weights, picture):
    large = cv2.resize(picture, (256, 192), interpolation=cv2.INTER_NEAREST)
    small = detector(weights)(picture)
    found = detector(weights, max_side=128)(large)
    np.testing.assert_allclose(found[:20, :4], 2 * small[:20, :4], atol=0.1)
    whole = detector(weights, max_side=None)(large)
    assert whole.shape != found.shape or not np.allclose(whole, found, atol=1)


@pytest.mark.parametrize('kind', ['box_voting', 'nms'])
def test_score_threshold(weights, picture, tmp_path, kind):
    """Takes from the detections, and leaves those that stay as they are."""
    config = tmp_path / 'config.py'
    config.write_text(
        f"_base_ = ['{find_config(CONFIG)}']\n"
        f"model = dict(test_cfg=dict(nms=dict(type='{kind}')))\n"
    )
    detect = SRNInferencer(str(config), weights, 'cpu', large_side=0, min_side=0)
    rows = detect(picture)
    middle = float(rows[len(rows) // 2, 4])
    kept = detect(picture, middle)
    assert len(kept) > 20
    np.testing.assert_array_equal(kept, rows[rows[:, 4] > middle])
    np.testing.assert_array_equal(detect(picture), rows)


def test_a_picture_may_be_given_as_a_file(weights, picture, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), picture)
    detect = detector(weights)
    np.testing.assert_array_equal(detect(tmp_path / 'a.png'), detect(picture))
    with pytest.raises(FileNotFoundError, match=r'nosuch\.png: no such file'):
        detect(tmp_path / 'nosuch.png')
    (tmp_path / 'b.png').write_bytes(b'no picture')
    with pytest.raises(ValueError, match=r'b\.png: not a picture that can be read'):
        detect(str(tmp_path / 'b.png'))


@pytest.mark.parametrize('shape', [(1, 1, 3), (3, 700, 3), (33, 31, 3)])
def test_pictures_of_any_shape(weights, shape):
    rows = detector(weights)(np.zeros(shape, np.uint8))
    assert rows.shape[1] == 5 and np.isfinite(rows).all()


def test_a_list_is_batched_and_gives_what_one_at_a_time_gives(weights, picture):
    detect = detector(weights)
    pictures = [picture, picture[::-1], picture[:64], picture[:, ::-1]]
    for rows, of_list in zip([detect(p) for p in pictures], detect(pictures)):
        assert 50 < len(rows) == len(of_list)
        np.testing.assert_allclose(of_list[:, 4], rows[:, 4], atol=1e-5)
        np.testing.assert_allclose(of_list[:20, :4], rows[:20, :4], atol=1e-2)


def test_a_device_that_is_not_there_is_one_sentence(weights):
    for device in ('cuda:99', 'nonsense'):
        with pytest.raises(
            ValueError, match=f'device {device}: not to be had here'
        ) as e:
            SRNInferencer(CONFIG, weights, device)
        assert '\n' not in str(e.value)


def test_weights_of_another_network_are_refused(weights):
    with pytest.raises(
        ValueError, match=r'm-\w+\.pth: not the weights of srn_r50_.*those of srn_'
    ):
        SRNInferencer('srn_r50_widerface.py', weights)
    with pytest.raises(ValueError, match='give its checkpoint'):
        SRNInferencer('srn_r50_widerface.py')


@pytest.mark.parametrize(
    'config, said',
    [
        (5, '5: wants the name of a model'),
        ('weights.pth', 'weights.pth: not a config: wants .py'),
        ('plain.py', 'plain.py: no detector in it'),
    ],
)
def test_what_is_no_detectors_config_is_one_sentence(
    weights, tmp_path, monkeypatch, config, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'weights.pth').touch()
    (tmp_path / 'plain.py').write_text('x = 1\n')
    with pytest.raises((TypeError, ValueError), match=said):
        SRNInferencer(config, weights)


def test_what_computes_nothing_is_no_device(weights):
    with pytest.raises(ValueError, match='device meta: not to be had here'):
        SRNInferencer(CONFIG, weights, 'meta')
