"""SRN's parts in mmdet's detectors: each config of configs/mix builds, trains, predicts.

Narrow backbones and small images; what is tried is that the parts fit.
"""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.config import Config, ConfigDict
from mmengine.structures import InstanceData
from torch import nn

MIX = sorted((Path(__file__).resolve().parents[1] / 'configs' / 'mix').glob('*.py'))
SIZE = 64
BOXES = torch.tensor([[6.0, 8, 30, 40], [30.0, 20, 60, 58]])


def read(path):
    """A mix, narrowed where that is easy."""
    cfg = Config.fromfile(path)
    model = cfg.model.get('detector', cfg.model)
    model.backbone.init_cfg = None
    model.backbone.pop('frozen_stages', None)
    necks = model.neck if isinstance(model.neck, list) else [model.neck]
    if model.backbone.type == 'ResNet' and not necks[0].get('with_cp'):
        model.backbone.update(base_channels=8, stem_channels=8)
        necks[0].in_channels = [32, 64, 128, 256]
    if 'roi_head' in model:
        heads = model.roi_head.bbox_head
        for head in heads if isinstance(heads, list) else [heads]:
            head.fc_out_channels = 16
    return cfg


def sample(num_classes):
    data = DetDataSample(
        metainfo=dict(
            img_shape=(SIZE, SIZE),
            ori_shape=(SIZE, SIZE),
            pad_shape=(SIZE, SIZE),
            batch_input_shape=(SIZE, SIZE),
            scale_factor=(1.0, 1.0),
            homography_matrix=np.eye(3, dtype=np.float32),
        )
    )
    masks = BitmapMasks([torch.ones(SIZE, SIZE).byte().numpy()] * 2, SIZE, SIZE)
    labels = torch.tensor([0, num_classes - 1])  # the last class, too
    data.gt_instances = InstanceData(bboxes=BOXES, labels=labels, masks=masks)
    data.ignored_instances = InstanceData(bboxes=BOXES[:0], labels=labels[:0])
    return data


def classes(model):
    head = model.get('bbox_head') or model.rpn_head
    if 'roi_head' in model:
        head = model.roi_head.bbox_head
        head = head[0] if isinstance(head, list) else head
    return head.get('num_classes', 1)


def without_gradient(model):
    named = model.named_parameters()
    return [name for name, p in named if p.requires_grad and p.grad is None]


@pytest.mark.slow
@pytest.mark.parametrize('path', MIX, ids=lambda p: p.stem)
def test_a_mix_builds_takes_a_step_and_predicts(path):
    torch.manual_seed(0)
    cfg = read(path)
    if 'detector' in cfg.model:
        pytest.skip('a teacher and a student: below')
    model = MODELS.build(cfg.model).train()
    for module in model.modules():  # one image of 64 px has maps of one cell
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()
    x = torch.randn(1, 3, SIZE, SIZE)
    num_classes = classes(cfg.model)
    loss, log = model.parse_losses(model.loss(x, [sample(num_classes)]))
    loss.backward()
    assert loss.isfinite() and not without_gradient(model)
    with torch.no_grad():
        found = model.eval().predict(x, [sample(num_classes)])[0].pred_instances
    assert found.bboxes.isfinite().all() and (found.labels < num_classes).all()


@pytest.mark.slow
def test_srn_is_the_rpn_of_soft_teachers_student_and_teacher():
    cfg = read(next(path for path in MIX if path.stem.startswith('soft-teacher')))
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).train()
    branches = ('sup', 'unsup_teacher', 'unsup_student')
    data = dict(
        inputs={name: torch.randn(1, 3, SIZE, SIZE) for name in branches},
        data_samples={name: [sample(80)] for name in branches},
    )
    losses = model.loss(data['inputs'], data['data_samples'])
    assert {'sup_rpn_loss_stc', 'unsup_rpn_loss_stc'} <= losses.keys()
    loss, _ = model.parse_losses(losses)
    loss.backward()
    assert loss.isfinite() and not without_gradient(model.student)
    assert type(model.teacher.rpn_head).__name__ == 'SRNHead'


@pytest.mark.slow
def test_mmdets_test_time_augmentation_merges_views_of_srn():
    cfg = read(next(path for path in MIX if path.stem == 'srn_r50_det-tta_widerface'))
    neck = [
        dict(cfg.model.neck[0], in_channels=[32, 64, 128, 256], out_channels=32),
        dict(type='RFE', channels=32),
    ]
    cfg.model.backbone.update(base_channels=8, stem_channels=8)
    cfg.model.neck = neck
    cfg.model.bbox_head.update(in_channels=32, feat_channels=32)
    model = MODELS.build(ConfigDict(cfg.tta_model, module=cfg.model)).eval()
    views = dict(
        inputs=[[torch.zeros(3, SIZE, SIZE).byte()] for _ in range(2)],
        data_samples=[[sample(1)] for _ in range(2)],
    )
    for (view,), flip in zip(views['data_samples'], (False, True), strict=True):
        view.set_metainfo(
            dict(flip=flip, flip_direction='horizontal' if flip else None)
        )
    with torch.no_grad():
        (found,) = model.test_step(views)
    assert found.pred_instances.bboxes.shape[1] == 4


def test_the_mixes_are_short():
    for path in MIX:
        lines = path.read_text().splitlines()
        used = [line for line in lines if line and not line.startswith('#')]
        assert len(used) <= 33 and '_base_' in path.read_text()
