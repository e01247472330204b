"""What the selective second step saves: seconds an image, and ratios.

All sides run in one process, one after the other in every round; a side's time is its
median over the rounds, from the network's input to the detections. Scores are made: a
given share of the 32 x 32 tiles of strides 4, 8 and 16 holds an anchor that the first
step left; the second step's scores are low, so that post-processing is small for all.

    python benchmarks/selective_second_step.py --sizes 640x640 --json selective.json
"""

import argparse
import json
import platform
import statistics
import time
from contextlib import nullcontext
from pathlib import Path

import torch
from mmdet.registry import MODELS
from mmengine.registry import init_default_scope

import srn_mmdet  # noqa: F401
from srn_mmdet.apis.runner import load_config
from srn_mmdet.models.layers import dense

CONFIGS = Path(__file__).resolve().parents[1] / 'configs'
TILE = 32


def build(config: str):
    cfg = load_config(str(CONFIGS / config))
    cfg.model.backbone.init_cfg = None
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).eval()
    torch.nn.init.constant_(model.bbox_head.conv_cls.bias, -6)
    return model


def retinanet(config: str):
    """mmdet's RetinaNet (four-convolution towers) on the same pyramid and anchors."""
    cfg = load_config(str(CONFIGS / config)).model
    cfg.backbone.init_cfg = None
    neck = cfg.neck[0]
    cfg.neck = dict(
        type='FPN',
        in_channels=neck.in_channels,
        out_channels=neck.out_channels,
        num_outs=6,
        add_extra_convs='on_lateral',
    )
    head = cfg.bbox_head
    cfg.bbox_head = dict(
        type='RetinaHead',
        num_classes=1,
        in_channels=head.in_channels,
        feat_channels=head.feat_channels,
        stacked_convs=4,
        anchor_generator=head.anchor_generator,
        bbox_coder=head.bbox_coder,
        loss_cls=head.loss_cls,
        loss_bbox=head.loss_bbox,
    )
    cfg.train_cfg = None
    model = MODELS.build(cfg).eval()
    torch.nn.init.constant_(model.bbox_head.retina_cls.bias, -6)
    return model


def leave(head, share: float) -> None:
    """Make the first step leave one anchor in this share of the tiles."""

    def dropped(first):
        masks = {}
        for level, score in first['cls'].items():
            _, anchors, height, width = score.shape
            drop = torch.ones(1, height, width, anchors, dtype=torch.bool)
            rows, columns = -(-height // TILE), -(-width // TILE)
            order = torch.randperm(
                rows * columns, generator=torch.Generator().manual_seed(level)
            )
            for tile in order[: round(share * rows * columns)].tolist():
                y, x = tile // columns * TILE, tile % columns * TILE
                middle = (min(y + TILE // 2, height - 1), min(x + TILE // 2, width - 1))
                drop[0, middle[0], middle[1]] = False
            masks[level] = drop.reshape(1, -1)
        return masks

    head.dropped = dropped


def as_released(model, image):
    """Both branches of both steps on all maps, and then the rest."""
    feats = [dense(feat) for feat in model.extract_feat(image)]
    n = model.bbox_head.prior_generator.num_levels
    cls, reg = zip(*map(model.bbox_head.forward_single, feats), strict=True)
    first = dict(
        cls={level: cls[n + level] for level in model.bbox_head.stc_levels},
        reg={level: reg[n + level] for level in model.bbox_head.str_levels},
    )
    return list(cls[:n]), list(reg[:n]), first


def run(model, image, side: str):
    bf16 = 'bf16' in side
    if 'channels_last' in side:
        image = image.contiguous(memory_format=torch.channels_last)
    context = torch.autocast('cpu', torch.bfloat16) if bf16 else nullcontext()
    size = tuple(image.shape[-2:])
    meta = dict(img_shape=size, pad_shape=size, scale_factor=(1.0, 1.0))
    with context:
        if side == 'as released':
            outs = as_released(model, image)
        else:
            if hasattr(model.bbox_head, 'selective'):
                model.bbox_head.selective = side.startswith('selective')
            outs = model.bbox_head(model.extract_feat(image))
        return model.bbox_head.predict_by_feat(*outs, batch_img_metas=[meta])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--config', default='srn_r50_widerface.py')
    parser.add_argument('--sizes', nargs='+', default=['640x640'], help='HEIGHTxWIDTH')
    parser.add_argument(
        '--shares', nargs='+', type=float, default=[0, 0.05, 0.1, 0.3, 0.6, 1]
    )
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    init_default_scope('mmdet')
    model, last = build(args.config), build(args.config)
    last.to(memory_format=torch.channels_last)
    always = {
        'as released': model,
        'pruned': model,
        'RetinaNet': retinanet(args.config),
    }
    per_share = {
        'selective': model,
        'selective, channels_last': last,
        'selective, channels_last, bf16': last,
    }
    rows = []
    with torch.no_grad():
        for size in args.sizes:
            height, width = map(int, size.split('x'))
            image = torch.randn(1, 3, height, width)
            times: dict[tuple, list[float]] = {}
            for _ in range(args.rounds):
                cases = [(side, None) for side in always]
                cases += [(side, s) for s in args.shares for side in per_share]
                for side, share in cases:
                    net = (always | per_share)[side]
                    if side != 'RetinaNet':
                        leave(net.bbox_head, 1 if share is None else share)
                    start = time.perf_counter()
                    run(net, image, side)
                    took = time.perf_counter() - start
                    times.setdefault((side, share), []).append(took)
            medians = {case: statistics.median(found) for case, found in times.items()}
            base = [medians[side, None] for side in always]
            for (side, share), seconds in medians.items():
                rows.append(
                    dict(
                        size=size,
                        side=side,
                        share=share,
                        seconds=seconds,
                        vs_released=base[0] / seconds,
                        vs_pruned=base[1] / seconds,
                        vs_retinanet=base[2] / seconds,
                    )
                )
    print(
        f'{platform.processor() or platform.machine()}, {args.threads} threads, ',
        end='',
    )
    print(f'torch {torch.__version__}; times faster than ...')
    head = ('size', 'side', 'tiles', 's', 'released', 'pruned', 'RetinaNet')
    print('{:10s} {:32s} {:>6s} {:>7s} {:>9s} {:>7s} {:>9s}'.format(*head))
    for row in rows:
        tiles = '' if row['share'] is None else f'{row["share"]:.0%}'
        ratios = [row[f'vs_{name}'] for name in ('released', 'pruned', 'retinanet')]
        print(
            f'{row["size"]:10s} {row["side"]:32s} {tiles:>6s} {row["seconds"]:7.3f} '
            '{:9.2f} {:7.2f} {:9.2f}'.format(*ratios)
        )
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=2) + '\n')


if __name__ == '__main__':
    main()
