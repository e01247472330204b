"""What the selective second step saves: seconds an image, and ratios.

All sides run in one process, one after the other in every round; a side's time is its
median over the rounds, from the network's input to the detections. Every network runs in
each of three forms, and is compared with the others in the same form. Scores are made: a
given share of the 32 x 32 tiles of strides 4, 8 and 16 is what the first step left, all
of it; the second step's scores are low, so that post-processing is small for all.
With --checkpoint and --images scores and images are real, at their own sizes.

    python benchmarks/selective_second_step.py --sizes 640x640 --json selective.json
    python benchmarks/selective_second_step.py --config srn_mnet025_widerface.py \\
        --checkpoint CHECKPOINT --images data/wider_face/WIDER_val/images
"""

import argparse
import statistics
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import cv2
import torch
from detectors import retinanet, srn
from mmcv.cnn import fuse_conv_bn
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from report import report

import srn_mmdet  # noqa: F401
from srn_mmdet.models.layers import dense

TILE = 32
FORMS = ('as built', 'fused, channels_last', 'fused, channels_last, bf16')
NETWORKS = ('as released', 'pruned', 'RetinaNet')
CLOCKS = dict(wall=time.perf_counter, core=time.process_time)


def leave(head, share: float) -> None:
    """Make the first step leave all anchors of this share of the tiles, and no other."""

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
                drop[0, y : y + TILE, x : x + TILE] = False
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


def run(model, image, network: str, form: str):
    if 'channels_last' in form:
        image = image.contiguous(memory_format=torch.channels_last)
    context = torch.autocast('cpu', torch.bfloat16) if 'bf16' in form else nullcontext()
    size = tuple(image.shape[-2:])
    meta = dict(img_shape=size, pad_shape=size, scale_factor=(1.0, 1.0))
    with context:
        if network == 'as released':
            outs = as_released(model, image)
        else:
            if hasattr(model.bbox_head, 'selective'):
                model.bbox_head.selective = network == 'selective'
            outs = model.bbox_head(model.extract_feat(image))
        return model.bbox_head.predict_by_feat(*outs, batch_img_metas=[meta])


def real_images(folder: str, number: int) -> list[torch.Tensor]:
    """Every n-th image of a folder, as the network takes it."""
    paths = sorted(Path(folder).rglob('*.jpg'))
    mean = torch.tensor([123.675, 116.28, 103.53])[:, None, None]
    std = torch.tensor([58.395, 57.12, 57.375])[:, None, None]
    images = []
    for path in paths[:: max(len(paths) // number, 1)][:number]:
        pixels = cv2.imread(str(path))[:, :, ::-1].transpose(2, 0, 1).copy()
        image = (torch.from_numpy(pixels).float() - mean) / std
        padding = [-size % 32 for size in image.shape[:0:-1]]
        image = torch.nn.functional.pad(image, (0, padding[0], 0, padding[1]))
        images.append(image[None])
    return images


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--config', default='srn_r50_widerface.py')
    parser.add_argument('--sizes', nargs='+', default=['640x640'], help='HEIGHTxWIDTH')
    parser.add_argument(
        '--shares', nargs='+', type=float, default=[0, 0.05, 0.1, 0.3, 0.6, 1]
    )
    parser.add_argument('--checkpoint', help='real scores, with --images')
    parser.add_argument('--images', help='folder of images, with --checkpoint')
    parser.add_argument('--num-images', type=int, default=20)
    parser.add_argument(
        '--compile', action='store_true', help='a side with a compiled backbone'
    )
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument(
        '--clock',
        choices=CLOCKS,
        default='wall',
        help='core: processor seconds, on a machine that does other work too',
    )
    parser.add_argument(
        '--one-step-channels', type=int, help="of RetinaNet's towers; default: as SRN's"
    )
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    init_default_scope('mmdet')
    models = {}  # (network, form): model
    for build, networks in (
        (srn, ('as released', 'pruned', 'selective')),
        (partial(retinanet, feat_channels=args.one_step_channels), ('RetinaNet',)),
    ):
        model, last = build(args.config).eval(), build(args.config).eval()
        if args.checkpoint and build is srn:
            for net in (model, last):
                load_checkpoint(net, args.checkpoint, map_location='cpu')
        # as tools/test.py does with --fuse-conv-bn --channels-last
        last = fuse_conv_bn(last).to(memory_format=torch.channels_last)
        for network in networks:
            # the release shares its branches: there is no such form of what does not
            if network == 'as released' and model.bbox_head.first_step is not None:
                continue
            for form in FORMS:
                models[network, form] = model if form == FORMS[0] else last
    networks = [n for n in NETWORKS if (n, FORMS[0]) in models]
    if args.compile:
        compiled = srn(args.config).eval()
        compiled.backbone.compile()
        models['selective', 'backbone compiled'] = compiled
    shares = [None] if args.checkpoint else args.shares
    inputs = {}
    if args.checkpoint:
        inputs['real images'] = real_images(args.images, args.num_images)
    else:
        for size in args.sizes:
            inputs[size] = [torch.randn(1, 3, *map(int, size.split('x')))]
    clock = CLOCKS[args.clock]
    with torch.no_grad():  # warm up
        for (network, form), net in models.items():
            run(net, torch.randn(1, 3, 128, 128), network, form)
        for images in inputs.values() if args.compile else ():
            # compiles for this size
            run(compiled, images[0], 'selective', 'backbone compiled')
    rows = []
    with torch.no_grad():
        for size, images in inputs.items():
            times: dict[tuple, list[float]] = {}
            cases = [(*key, None) for key in models if key[0] in NETWORKS]
            ours = [key for key in models if key[0] == 'selective']
            cases += [(*key, share) for share in shares for key in ours]
            for _ in range(args.rounds):
                for network, form, share in cases:
                    net = models[network, form]
                    if network != 'RetinaNet' and not args.checkpoint:
                        leave(net.bbox_head, 1 if share is None else share)
                    start = clock()
                    for image in images:
                        run(net, image, network, form)
                    took = (clock() - start) / len(images)
                    times.setdefault((network, form, share), []).append(took)
            medians = {case: statistics.median(found) for case, found in times.items()}
            for (network, form, share), seconds in medians.items():
                same = form if form in FORMS else FORMS[0]
                row = {'input': size, 'network': network, 'form': form}
                row['tiles left'] = None if share is None else f'{share:.0%}'
                row['s'] = seconds
                for other in networks:
                    ratio = medians[other, same, None] / seconds
                    row[f'faster than {other}'] = ratio
                first = medians[networks[0], FORMS[0], None]
                row[f'than {networks[0]}, as built'] = first / seconds
                rows.append(row)
    report(rows, args.json)


if __name__ == '__main__':
    main()
