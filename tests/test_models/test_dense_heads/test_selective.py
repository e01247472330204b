"""The selective second step: same detections as everywhere."""

from functools import partial
from pathlib import Path

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config

from srn_mmdet.models.dense_heads import two_step_head
from srn_mmdet.models.layers import DeferredMap, deferred_map
from tests.test_models.made import sample

CONFIGS = Path(__file__).resolve().parents[3] / 'configs'


def build(name, neck=(), **head):
    torch.manual_seed(0)
    cfg = Config.fromfile(CONFIGS / name)
    cfg.model.backbone = dict(type='MobileNetV1', widen_factor=0.25, init_cfg=None)
    for part in cfg.model.neck:
        if part.type == 'RFE':
            part.channels = 16
        else:
            part.update(in_channels=[32, 64, 128, 256], out_channels=16)
    for part, options in zip(cfg.model.neck, neck):
        part.update(options)
    cfg.model.bbox_head.update(in_channels=16, feat_channels=16, **head)
    model = MODELS.build(cfg.model).eval()
    # scores with a spread, around a threshold that a few per cent pass
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 4 and 'backbone' not in name:
                torch.nn.init.kaiming_normal_(parameter)
        model.bbox_head.conv_reg.weight.mul_(0.01)
    return model


def images(*sizes):
    generator = torch.Generator().manual_seed(1)
    return dict(
        inputs=[
            torch.randint(0, 255, (3, *s), dtype=torch.uint8, generator=generator)
            for s in sizes
        ],
        data_samples=[sample(height=h, width=w) for h, w in sizes],
    )


@torch.no_grad()
def calibrate(model, data, share):
    """Move the threshold so that this share of the low levels' places is left."""
    inputs = model.data_preprocessor(data, False)['inputs']
    feats = model.extract_feat(inputs)
    head = model.bbox_head
    scores = head.forward_cls(feats[len(feats) // 2]).sigmoid().amax(1)
    if share == 0:
        head.stc_score_thr = 0.9999999
    else:
        head.stc_score_thr = (
            float(scores.flatten().quantile(1 - share)) if share < 1 else 0
        )
    return feats


@pytest.mark.parametrize('amp', [False, True], ids=['float32', 'bfloat16'])
@pytest.mark.parametrize('share', [0, 0.002, 0.02, 0.3, 1])
@pytest.mark.parametrize(
    'config',
    [
        'srn_r50_widerface.py',
        'srn_r50_release_widerface.py',
        'experiments/stc_r50_widerface.py',
    ],
)
def test_same_detections_as_everywhere(config, share, amp, monkeypatch):
    model, data = build(config), images((200, 331), (180, 300))
    feats = calibrate(model, data, share)
    assert isinstance(feats[0], DeferredMap) and torch.is_tensor(feats[3])
    cut, plain_cut = [], deferred_map._cut
    monkeypatch.setattr(
        deferred_map, '_cut', lambda *args: cut.append(1) or plain_cut(*args)
    )
    # these maps are small: cut windows out even where that does not pay
    everywhere = partial(two_step_head.run_where, dense_over=1e9)
    monkeypatch.setattr(two_step_head, 'run_where', everywhere)
    results = {}
    for selective in (True, False):
        model.bbox_head.selective = selective
        with torch.no_grad(), torch.autocast('cpu', torch.bfloat16, enabled=amp):
            results[selective] = model.test_step(images((200, 331), (180, 300)))
    if share > 0:
        assert cut  # or nothing was tested
    for a, b in zip(results[True], results[False], strict=True):
        a, b = a.pred_instances, b.pred_instances
        assert len(a) == len(b)
        if amp:  # other shapes, other sums in bfloat16
            continue
        torch.testing.assert_close(a.scores, b.scores, atol=1e-5, rtol=0)
        torch.testing.assert_close(a.bboxes, b.bboxes, atol=1e-2, rtol=1e-4)


def test_two_stage_detectors_get_tensors_in_training():
    """They read the P maps; the C maps are for heads of this package alone."""
    model = build('srn_r50_widerface.py')
    model.train()
    feats = model.extract_feat(torch.randn(2, 3, 64, 64))
    assert all(torch.is_tensor(feat) for feat in feats[:6])


FACES = [(30.0, 40.0, 52.0, 70.0), (200.0, 20.0, 212.0, 34.0), (90.0, 60.0, 230, 190)]


def gradients(model, *images, size=256):
    torch.manual_seed(0)
    inputs = torch.randint(0, 255, (len(images), 3, size, size), dtype=torch.uint8)
    samples = [sample(*boxes, height=size, width=size) for boxes in images]
    for item in samples:
        item.set_metainfo(dict(pad_shape=(size, size)))
    data = dict(inputs=list(inputs), data_samples=samples)
    data = model.data_preprocessor(data, True)
    model.zero_grad()
    loss, log = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    found = {name: parameter.grad for name, parameter in model.named_parameters()}
    return log, {name: grad for name, grad in found.items() if grad is not None}


def assert_same_step(mine, plain):
    for a, b in zip(mine, plain):
        assert a.keys() == b.keys()
        for name in a:
            scale = float(b[name].detach().abs().max()) + 1e-6
            close = (a[name] - b[name]).abs().max() <= 1e-4 * scale
            assert close, (name, a[name], b[name])


@pytest.mark.parametrize('images', [[FACES, []], [[], []]], ids=['faces', 'no-faces'])
@pytest.mark.parametrize('share', [1, 0.02])
@pytest.mark.parametrize(
    'config',
    [
        'srn_r50_widerface.py',
        'srn_r50_release_widerface.py',
        'experiments/str_r50_widerface.py',
    ],
)
def test_same_losses_and_gradients_as_everywhere(config, share, images, monkeypatch):
    model = build(config)
    if share < 1:  # an STC that drops nearly everything, as a trained one does
        model.bbox_head.stc_score_thr = 0.97
    cut, plain_cut = [], deferred_map._cut
    monkeypatch.setattr(
        deferred_map, '_cut', lambda *args: cut.append(1) or plain_cut(*args)
    )
    everywhere = partial(two_step_head.run_where, dense_over=1e9)
    monkeypatch.setattr(two_step_head, 'run_where', everywhere)
    model.train()
    # statistics that do not move: the same network in both passes
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    mine = gradients(model, *images)
    assert cut or not images[0]
    model.bbox_head.selective = False
    assert_same_step(mine, gradients(model, *images))


def test_recomputing_gives_the_same_gradients():
    """with_cp of the neck, of RFE and of the towers: equal to the bit."""
    found = []
    for with_cp in (True, False):
        model = build('srn_r50_widerface.py', with_cp=with_cp)
        model.neck[0].with_cp = model.neck[1].with_cp = with_cp
        model.train()
        feats = model.extract_feat(torch.randn(1, 3, 64, 64))
        assert isinstance(feats[6], DeferredMap) == with_cp
        found.append(gradients(model, FACES[:1], size=128))
    for mine, plain in zip(*found):
        assert mine.keys() == plain.keys()
        assert all(torch.equal(mine[name], plain[name]) for name in plain)


def test_recomputing_refuses_a_norm_that_it_would_update_twice():
    norm = dict(type='BN')
    with pytest.raises(AssertionError, match='twice a step'):
        MODELS.build(dict(type='RFE', channels=8, norm_cfg=norm, with_cp=True))
    with pytest.raises(AssertionError, match='twice a step'):
        MODELS.build(
            dict(
                type='SRNFPN',
                in_channels=[4, 4, 4, 4],
                out_channels=4,
                norm_cfg=norm,
                with_cp=True,
            )
        )


def test_anchors_are_made_once_for_images_of_one_size(monkeypatch):
    model = build('srn_r50_widerface.py')
    made, generator = [], model.bbox_head.prior_generator
    plain = generator.grid_priors
    monkeypatch.setattr(
        generator, 'grid_priors', lambda *a, **k: made.append(1) or plain(*a, **k)
    )
    with torch.no_grad():
        for size in ((64, 64), (64, 64), (64, 96), (64, 64)):
            model.test_step(images(size))
    assert len(made) == 3


def test_deferring_is_wanted_by_name_and_refuses_group_norm():
    cfg = dict(type='SRNFPN', in_channels=[4, 4, 4, 4], out_channels=4)
    plain = MODELS.build(cfg).eval()
    maps = tuple(torch.randn(1, 4, s, s) for s in (32, 16, 8, 4))
    assert all(torch.is_tensor(m) for m in plain(maps))
    lazy = MODELS.build(dict(cfg, deferred_levels=(0,))).eval()
    lazy.load_state_dict(plain.state_dict(), strict=True)
    with torch.no_grad():
        out, expected = lazy(maps), plain(maps)
    assert isinstance(out[0], DeferredMap)
    assert torch.equal(out[0].dense(), expected[0])
    norm = dict(type='GN', num_groups=2)
    with pytest.raises(AssertionError, match='GroupNorm'):
        MODELS.build(dict(cfg, deferred_levels=(0,), norm_cfg=norm))
