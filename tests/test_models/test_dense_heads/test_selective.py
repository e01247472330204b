"""The selective second step: same detections as everywhere."""

from functools import partial
from pathlib import Path

import pytest
import torch
from mmcv.cnn import ConvModule
from mmdet.registry import MODELS
from mmengine.config import Config

from srn_mmdet.models.dense_heads import SRNHead, two_step_head
from srn_mmdet.models.dense_heads.stc_filter import left_places
from srn_mmdet.models.layers import DeferredMap
from srn_mmdet.models.layers.selective import where
from tests.test_models.made import HEAD, TRAIN, sample

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


def rows_alone(monkeypatch):
    """Run on rows all that can be, as these maps are small; how many, each time."""
    ran, plain = [], where.from_map
    alone = partial(two_step_head.run_where, choose=lambda on_map, on_rows: 0)
    monkeypatch.setattr(two_step_head, 'run_where', alone)
    monkeypatch.setattr(
        where,
        'from_map',
        lambda x, places: ran.append(places.number) or plain(x, places),
    )
    return ran


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
    ran = rows_alone(monkeypatch)
    results = {}
    for selective in (True, False):
        model.bbox_head.selective = selective
        with torch.no_grad(), torch.autocast('cpu', torch.bfloat16, enabled=amp):
            results[selective] = model.test_step(images((200, 331), (180, 300)))
    assert max(ran) > 0 or not share  # or nothing was tested
    for a, b in zip(results[True], results[False], strict=True):
        assert_same_detections(a.pred_instances, b.pred_instances, amp)


def assert_same_detections(a, b, amp):
    """Each box of one has its like in the other, in whatever order scores tie.

    In bfloat16 sums of other shapes round otherwise: where a box had a rival for its
    place, the other one may win, so that nearly all are asked for there.
    """
    assert abs(len(a) - len(b)) <= (0.02 * len(b) if amp else 0)
    score, box, share = (0.02, 1.0, 0.98) if amp else (1e-5, 1e-2, 1)
    # what comes next after the last of the best 750 is nobody's like
    last = (
        max((x.scores.min() for x in (a, b) if len(x) == 750), default=-1) + 2 * score
    )
    for mine, other in ((a, b), (b, a)):
        mine = mine[mine.scores > last]
        near = (mine.bboxes[:, None] - other.bboxes).abs().amax(2) <= box
        alike = (mine.scores[:, None] - other.scores).abs() <= score
        found = (near & alike).any(1)
        assert found.float().sum() >= share * len(mine), mine[~found]


def test_in_training_too_the_p_convolutions_are_left_to_the_head():
    model = build('srn_r50_widerface.py')
    model.train()
    feats = model.extract_feat(torch.randn(2, 3, 64, 64))
    assert [torch.is_tensor(feat) for feat in feats[:6]] == [False] * 3 + [True] * 3


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
    ran = rows_alone(monkeypatch)
    model.train()
    # statistics that do not move: the same network in both passes
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    mine = gradients(model, *images)
    assert max(ran) > 0 or not images[0]
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


class WideHead(SRNHead):
    """Towers of 7x7 and 3x7, and a prediction that looks around, too."""

    def _init_layers(self):
        super()._init_layers()
        wide = ConvModule(self.in_channels, 16, 7, padding=3)
        self.cls_tower = torch.nn.Sequential(wide, self.cls_tower)
        flat = ConvModule(self.in_channels, 16, (3, 7), padding=(1, 3))
        self.reg_tower = torch.nn.Sequential(flat, self.reg_tower)
        self.conv_cls = torch.nn.Conv2d(16, self.num_base_priors, 5, padding=2)


class OtherHead(SRNHead):
    """A branch that no one has told about."""

    def forward_cls(self, x):
        return super().forward_cls(x.roll(3, -1))


@pytest.mark.parametrize('kind', [WideHead, OtherHead])
def test_subclasses_that_read_further_are_exact(kind, monkeypatch):
    model = build('srn_r50_widerface.py')
    head = kind(
        **dict(HEAD, in_channels=16, feat_channels=16),
        train_cfg=TRAIN,
        test_cfg=model.test_cfg,
    )
    for parameter in head.parameters():
        if parameter.dim() == 4:
            torch.nn.init.kaiming_normal_(parameter)
    with torch.no_grad():
        head.conv_reg.weight.mul_(0.01)
    model.bbox_head = head
    model.eval()
    calibrate(model, images((200, 331)), 0.02)
    ran = rows_alone(monkeypatch)
    found = []
    for selective in (True, False):
        head.selective = selective
        with torch.no_grad():
            feats = model.extract_feat(torch.randn(1, 3, 192, 320, generator=seed(2)))
            found.append(
                (*head(feats)[:2], left_places(head.dropped(head(feats)[2]), feats))
            )
    assert bool(ran) == (kind is WideHead)
    for mine, plain in zip(found[0][:2], found[1][:2]):
        for level, left in found[0][2].items():
            at = left[:, None].expand_as(mine[level])
            assert at.any()
            scale = float(plain[level].abs().max())
            close = dict(atol=1e-5 * scale, rtol=1e-5)
            torch.testing.assert_close(mine[level][at], plain[level][at], **close)


def seed(number):
    return torch.Generator().manual_seed(number)


def test_what_is_dropped_is_decided_once_an_image():
    model, data = build('srn_r50_widerface.py'), images((64, 96))
    asked, plain = [], model.bbox_head.dropped
    model.bbox_head.dropped = lambda first: asked.append(1) or plain(first)
    with torch.no_grad():
        model.test_step(data)
    assert len(asked) == 1
