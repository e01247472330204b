"""SRN with several classes learns: drawn shapes, by mmdet's COCO parts."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.runner import Runner

CONFIG = (
    Path(__file__).resolve().parents[1] / 'configs/mix/retinanet_r50_srn-head_coco.py'
)
CLASSES = ('disc', 'box', 'cross')
SIZE = 96


def draw(folder, number, seed):
    """Images with one to three shapes each, and their COCO JSON."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    images, annotations = [], []
    for i in range(number):
        image = rng.integers(0, 60, (SIZE, SIZE, 3), np.uint8)
        for corner in rng.permutation(4)[: rng.integers(1, 4)]:  # each in its quarter
            kind, half = int(rng.integers(3)), int(rng.integers(9, 20))
            x, y = (
                24 + 48 * np.array(divmod(corner, 2)) + rng.integers(-3, 4, 2)
            ).tolist()
            colour = rng.integers(120, 256, 3).tolist()
            if kind == 0:
                cv2.circle(image, (x, y), half, colour, -1)
            elif kind == 1:
                cv2.rectangle(
                    image, (x - half, y - half), (x + half, y + half), colour, -1
                )
            else:
                cv2.line(image, (x - half, y), (x + half, y), colour, 5)
                cv2.line(image, (x, y - half), (x, y + half), colour, 5)
            side = 2 * half + 1
            annotations.append(
                dict(
                    id=len(annotations) + 1,
                    image_id=i,
                    category_id=kind + 1,
                    bbox=[x - half, y - half, side, side],
                    area=side**2,
                    iscrowd=0,
                )
            )
        cv2.imwrite(str(folder / f'{i}.png'), image)
        images.append(dict(id=i, file_name=f'{i}.png', width=SIZE, height=SIZE))
    categories = [dict(id=i + 1, name=name) for i, name in enumerate(CLASSES)]
    content = dict(images=images, annotations=annotations, categories=categories)
    (folder / 'coco.json').write_text(json.dumps(content))


def config(folder):
    cfg = Config.fromfile(CONFIG)
    model = cfg.model
    model.backbone.update(
        depth=18,
        base_channels=16,
        stem_channels=16,
        frozen_stages=-1,
        norm_eval=False,
        init_cfg=None,
    )
    model.neck.update(
        in_channels=[16, 32, 64, 128], out_channels=32, downsample_channels=(32, 32)
    )
    model.bbox_head.update(
        num_classes=3,
        anchor_generator=dict(octave_base_scale=2.5),
        in_channels=32,
        feat_channels=32,
        stacked_convs=2,
    )
    load = dict(type='LoadImageFromFile')
    pack = dict(
        type='PackDetInputs',
        meta_keys=('img_id', 'img_path', 'ori_shape', 'img_shape', 'scale_factor'),
    )
    resize = dict(type='Resize', scale=(SIZE, SIZE), keep_ratio=True)
    pipelines = dict(
        train=[load, dict(type='LoadAnnotations', with_bbox=True), resize, pack],
        val=[load, resize, pack],
    )
    for split, batch in (('train', 8), ('val', 8)):
        cfg[f'{split}_dataloader'] = dict(
            batch_size=batch,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=split == 'train'),
            dataset=dict(
                type='CocoDataset',
                metainfo=dict(classes=CLASSES),
                data_root=str(folder / split),
                ann_file='coco.json',
                data_prefix=dict(img=''),
                test_mode=split == 'val',
                pipeline=pipelines[split],
            ),
        )
    cfg.val_evaluator = dict(
        type='CocoMetric',
        ann_file=str(folder / 'val' / 'coco.json'),
        metric='bbox',
        classwise=True,
    )
    cfg.test_dataloader = cfg.test_evaluator = cfg.test_cfg = None
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=6, val_interval=9)
    cfg.param_scheduler = [
        dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=20),
        dict(
            type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True, T_max=4
        ),
    ]
    cfg.optim_wrapper = dict(
        type='OptimWrapper',
        optimizer=dict(type='AdamW', lr=4e-3),
        clip_grad=dict(max_norm=35),
    )
    cfg.default_hooks.checkpoint = None
    cfg.work_dir = str(folder / 'work')
    cfg.randomness = dict(seed=0)
    return cfg


@pytest.mark.slow
def test_three_kinds_of_shapes_are_learnt(tmp_path):
    draw(tmp_path / 'train', 200, seed=0)
    draw(tmp_path / 'val', 40, seed=1)
    runner = Runner.from_cfg(config(tmp_path))
    runner.train()
    metrics = runner.val_loop.run()
    assert metrics['coco/bbox_mAP_50'] > 0.4
    for name in CLASSES:
        assert metrics[f'coco/{name}_precision'] > 0.1
