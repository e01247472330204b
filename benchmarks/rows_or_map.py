"""Gathered rows against the whole map, and what the count of operations chooses.

The second step of one level: P convolution, RFE and both branches, on a made map. The
wanted places are single cells or blobs of 5x5, drawn. `chosen` is what is run without
being told; `loss` is how much longer that takes than the faster of the two.

    python benchmarks/rows_or_map.py --channels 64 --size 192x256
"""

import argparse
import statistics
import time

import torch
from mmcv.cnn import ConvModule
from report import report
from torch import nn
from torch.nn.functional import max_pool2d

from srn_mmdet.models.layers import DeferredMap, RFEBlock, Tower, run_where

CHOICES = {
    'rows': lambda on_map, on_rows: 0,
    'map': lambda on_map, on_rows: len(on_map),
}


def network(channels: int, feat_channels: int) -> tuple[tuple, list]:
    layers = (
        ConvModule(channels, channels, 3, padding=1, act_cfg=None),
        RFEBlock(channels),
    )
    branches = [
        nn.Sequential(
            Tower(channels, feat_channels, 2, rfe=False), nn.Conv2d(feat_channels, k, 1)
        )
        for k in (2, 8)
    ]
    for module in (*layers, *branches):
        module.to(memory_format=torch.channels_last).eval()
    return layers, branches


def drawn(size: tuple[int, int], share: float, blobs: bool) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    wanted = torch.rand(1, *size, generator=generator) < (
        share / 25 if blobs else share
    )
    return max_pool2d(wanted.float(), 5, 1, 2) > 0 if blobs else wanted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--channels', type=int, default=64)
    parser.add_argument('--feat-channels', type=int, default=32)
    parser.add_argument('--size', default='192x256', help='HEIGHTxWIDTH of the map')
    parser.add_argument(
        '--shares', nargs='+', type=float, default=[0.002, 0.01, 0.03, 0.1, 0.3]
    )
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    layers, branches = network(args.channels, args.feat_channels)
    size = tuple(map(int, args.size.split('x')))
    base = torch.randn(1, args.channels, *size)
    x = DeferredMap(base.contiguous(memory_format=torch.channels_last), layers)
    rows = []
    for blobs in (False, True):
        for share in args.shares:
            wanted = drawn(size, share, blobs)
            times: dict[str, list[float]] = {}
            for number in range(args.rounds + 1):
                for name, options in (
                    *((name, dict(choose=choose)) for name, choose in CHOICES.items()),
                    ('chosen', {}),
                ):
                    start = time.process_time()
                    with torch.no_grad():
                        run_where(x, branches, wanted, **options)
                    if number:  # the first is a warm-up
                        took = time.process_time() - start
                        times.setdefault(name, []).append(took * 1e3)
            found = {name: statistics.median(took) for name, took in times.items()}
            rows.append(
                {
                    'wanted': 'blobs' if blobs else 'cells',
                    'share': f'{wanted.float().mean():.2%}',
                    **{f'{name}, ms': took for name, took in found.items()},
                    'loss': found['chosen'] / min(found['rows'], found['map']) - 1,
                }
            )
    report(rows, args.json)


if __name__ == '__main__':
    main()
