"""Every config builds and takes a training step."""

from collections import Counter
from pathlib import Path

import pytest
import torch
from mmdet.registry import MODELS
from mmengine.config import Config

from srn_mmdet.datasets.wider_face_txt import read_bbx_gt
from tests.test_models.made import sample

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'
# configs/mix is tests/test_mix.py's
LEAVES = sorted(p for p in CONFIGS.rglob('*.py') if not {'_base_', 'mix'} & {*p.parts})
FACE = (20.0, 20.0, 60.0, 70.0)


def build(cfg):
    cfg.model.backbone.init_cfg = None  # no download
    return MODELS.build(cfg.model)


def batch(*images, size=128):
    torch.manual_seed(0)
    return dict(
        inputs=[torch.randint(0, 255, (3, size, size), dtype=torch.uint8)]
        * len(images),
        data_samples=[sample(*boxes, height=size, width=size) for boxes in images],
    )


def losses(model, data):
    data = model.data_preprocessor(data, True)
    return model.parse_losses(model(**data, mode='loss'))


def test_there_are_configs():
    assert CONFIGS / 'srn_r50_widerface.py' in LEAVES


@pytest.mark.slow
@pytest.mark.parametrize('path', LEAVES, ids=lambda p: p.stem)
def test_config_builds_and_takes_a_step(path):
    model = build(Config.fromfile(path)).train()
    loss, log = losses(model, batch([FACE], []))
    loss.backward()
    assert loss.isfinite()
    without = [
        n for n, p in model.named_parameters() if p.requires_grad and p.grad is None
    ]
    assert not without  # or DistributedDataParallel stops


def test_names_are_unique_as_mim_finds_a_config_by_its_name_alone():
    names = [p.name for p in CONFIGS.rglob('*.py')]
    assert len(set(names)) == len(names)


def test_headline_is_the_papers_network_and_recipe():
    cfg = Config.fromfile(CONFIGS / 'srn_r50_widerface.py')
    head = cfg.model.bbox_head
    assert (head.type, head.stacked_convs) == ('SRNHead', 2)
    assert [n.type for n in cfg.model.neck] == ['SRNFPN', 'RFE']
    built = build(cfg).bbox_head
    assert (built.stc_levels, built.stc_score_thr) == ((0, 1, 2), 0.01)
    assert built.str_levels == (3, 4, 5)
    assert head.loss_cls == dict(
        type='FocalLoss', use_sigmoid=True, gamma=2.0, alpha=0.25, loss_weight=1.0
    )
    first, second = (
        cfg.model.train_cfg.assigner.first,
        cfg.model.train_cfg.assigner.second,
    )
    assert (first.pos_iou_thr, first.neg_iou_thr) == (0.7, 0.3)
    assert (second.pos_iou_thr, second.neg_iou_thr) == (0.5, 0.4)
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr) == ('SGD', 0.01)
    assert (optimizer.momentum, optimizer.weight_decay) == (0.9, 0.0001)
    assert cfg.train_cfg.max_epochs == 130
    assert cfg.param_scheduler[1].milestones == [100, 120]
    assert cfg.auto_scale_lr.base_batch_size == 32
    assert cfg.train_dataloader.batch_size * 8 == 32


def test_the_three_low_levels_hold_the_anchors_that_geometry_says():
    """98.46 % of 174,720 anchors at 1024 x 1024 (the paper says 88.9 %)."""
    head = build(Config.fromfile(CONFIGS / 'srn_r50_widerface.py')).bbox_head
    sizes = [(1024 // s, 1024 // s) for s in (4, 8, 16, 32, 64, 128)]
    anchors = head.prior_generator.grid_priors(sizes, device='cpu')
    counts = [len(level) for level in anchors]
    assert sum(counts) == 174720
    assert sum(counts[:3]) / sum(counts) == pytest.approx(0.9846, abs=5e-5)
    widths, heights = (anchors[0][:2, 2:] - anchors[0][:2, :2]).T
    torch.testing.assert_close(heights / widths, torch.full((2,), 1.25))
    side = (widths * heights).sqrt()
    torch.testing.assert_close(side, torch.tensor([8.0, 8 * 2**0.5]))
    largest = anchors[5][1]
    side = ((largest[2] - largest[0]) * (largest[3] - largest[1])).sqrt()
    assert side == pytest.approx(362.04, abs=0.01)


def subset_lists(name):
    """The training and the validation list of a config, as it is loaded anywhere."""
    cfg = Config.fromfile(CONFIGS / name)
    assert cfg.test_evaluator.image_list == cfg.test_dataloader.dataset.image_list
    sides = cfg.train_dataloader, cfg.val_dataloader
    return [Path(side.dataset.image_list) for side in sides]


@pytest.mark.parametrize(
    'name',
    [
        'experiments/srn_mnet025_1h_widerface-subset.py',
        'experiments/srn_mnet025_shared_finetune_widerface-subset.py',
        'experiments/retinanet_mnet025_60e_widerface-subset.py',
    ],
)
def test_the_lists_of_the_subset_come_with_the_configs(name):
    train, val = (path.read_text().split() for path in subset_lists(name))
    events = Counter(line.split('/')[0] for line in train)
    assert len(set(train)) == 954 and set(events.values()) == {106}
    events = Counter(line.split('/')[0] for line in val)
    assert len(set(val)) == 183 and len(events) == 61 and set(events.values()) == {3}


def test_the_last_training_has_more_images_of_the_same_events():
    few, _ = subset_lists('srn_mnet025_widerface-subset.py')
    more, _ = subset_lists('srn_mnet025_finetune_widerface-subset.py')
    few, more = (path.read_text().split() for path in (few, more))
    assert len(set(more)) == len(more) == 2496
    assert {line.split('/')[0] for line in more} == {x.split('/')[0] for x in few}


def test_the_lists_of_the_subset_name_images_of_wider_face(shared):
    for path, split in zip(
        subset_lists('srn_mnet025_widerface-subset.py'), ('train', 'val'), strict=True
    ):
        folder = shared / 'wider_face' / 'wider_face_split'
        known = read_bbx_gt(str(folder / f'wider_face_{split}_bbx_gt.txt'))
        assert known.keys() >= set(path.read_text().split())


@pytest.mark.slow
def test_a_crowd_of_1900_faces_trains():
    model = build(
        Config.fromfile(CONFIGS / 'experiments/srn_mnet025_1h_widerface-subset.py')
    ).train()
    generator = torch.Generator().manual_seed(0)
    corners = torch.rand(1900, 2, generator=generator) * 300
    sizes = 6 + torch.rand(1900, 1, generator=generator) * 12
    boxes = torch.cat([corners, corners + sizes * torch.tensor([1, 1.25])], 1)
    loss, log = losses(model, batch(boxes.tolist(), size=320))
    loss.backward()
    assert loss.isfinite()
    assert log['stc_pos_share_before'] > 0.01


@pytest.mark.slow
@pytest.mark.parametrize('kind', ['STCHead', 'STRHead'])
def test_either_half_alone_is_a_detector_by_its_type_alone(kind):
    cfg = Config.fromfile(CONFIGS / 'experiments/srn_mnet025_1h_widerface-subset.py')
    cfg.model.bbox_head.type = kind
    model = build(cfg)
    loss, _ = losses(model.train(), batch([FACE]))
    assert loss.isfinite()
    with torch.no_grad():
        result = model.eval().test_step(batch([FACE]))[0].pred_instances
    assert len(result) <= 750 and result.scores.isfinite().all()


@pytest.mark.parametrize(
    'row', ['baseline_r50', 'stc_r50', 'str_r50', 'srn_r50_no-rfe']
)
def test_rows_of_the_papers_table_keep_the_headlines_neck_but_for_what_they_leave(row):
    headline = Config.fromfile(CONFIGS / 'srn_r50_widerface.py').model
    model = Config.fromfile(CONFIGS / f'experiments/{row}_widerface.py').model
    left_out = {'first_levels', 'deferred_levels'}
    for of_row, of_headline in zip(model.neck, headline.neck, strict=False):
        differ = {k for k in of_headline if of_row.get(k) != of_headline[k]}
        assert differ <= left_out and of_row.keys() - of_headline.keys() <= left_out
    assert model.backbone == headline.backbone


def test_headline_takes_all_of_the_release_but_rfe():
    """What the README says of fine-tuning from the converted release."""
    keys = []
    for name in ('srn_r50_release_widerface.py', 'srn_r50_widerface.py'):
        with torch.device('meta'):
            state = build(Config.fromfile(CONFIGS / name)).state_dict()
        keys.append({key: value.shape for key, value in state.items()})
    release, headline = keys
    left_over = release.keys() - headline.keys()
    anew = headline.keys() - release.keys()
    assert left_over and all('_tower.rfe.' in key for key in left_over)
    assert anew and all(key.startswith('neck.1.') for key in anew)
    assert all(
        release[key] == headline[key] for key in release.keys() & headline.keys()
    )


def test_paper_inference_of_the_release_differs_in_what_its_name_says():
    release, paper = (
        Config.fromfile(CONFIGS / f'srn_r50_release{mods}_widerface.py').model
        for mods in ('', '_paper-inference')
    )
    headline = Config.fromfile(CONFIGS / 'srn_r50_widerface.py').model.test_cfg
    settings = paper.pop('test_cfg')
    assert settings.nms.iou_threshold == headline.nms.iou_threshold == 0.5
    assert settings.nms_pre == headline.nms_pre == 2000
    assert settings.max_per_img == headline.max_per_img == 750
    release.pop('test_cfg')
    assert paper == release
