"""Detect faces in very many images, on one machine or a Ray cluster; parquet out."""

import argparse
import sys

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.many_images import detect_many, light_detector


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('inputs', nargs='+', help='folders, images, tar and parquet files')
    add('--out-dir', required=True, help='called again with it: does what is missing')
    add('--workers', type=int, default=1, help='processes; default: %(default)s')
    add('--gpus-per-worker', type=float, default=0, help='default: %(default)s')
    add('--address', help='of a Ray cluster (auto: the one this machine is in)')
    add('--score-thr', type=float, default=0.05, help='default: %(default)s')
    add('--max-side', type=int, default=1280, help='0: none; default: %(default)s')
    add('--config', help='another detector than the one of the package')
    add('--checkpoint', help='its weights')
    add('--shard-size', type=int, default=256, help='default: %(default)s')
    add('--image-column', default='image', help='of parquet; default: %(default)s')
    add('--id-column', help='of parquet; default: the number of the row')
    args = parser.parse_args()
    for name in ('workers', 'shard_size'):
        if getattr(args, name) < 1:
            parser.error(f'--{name.replace("_", "-")}: wants 1 or more')
    device = 'cuda' if args.gpus_per_worker else 'cpu'
    model = dict(config=args.config, checkpoint=args.checkpoint, max_side=args.max_side)
    outcome = detect_many(
        args.inputs,
        args.out_dir,
        light_detector(args.config, args.checkpoint, device, args.max_side or None),
        model,
        args.score_thr,
        args.workers,
        args.gpus_per_worker,
        args.address,
        args.shard_size,
        args.image_column,
        args.id_column,
        lambda line: print(line, file=sys.stderr, flush=True),
    )
    print(
        f'{outcome.faces} faces in {outcome.images} images; {outcome.unreadable} could '
        f'not be read; {outcome.already} images were done already'
    )


if __name__ == '__main__':
    with one_line_errors(RuntimeError):
        main()
