"""Train a detector."""

import argparse
import os

from mmengine.config import DictAction

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.runner import load_config, train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='path of a config, or name of a packaged one')
    parser.add_argument('--work-dir', help='for logs and checkpoints')
    parser.add_argument('--data-root', help="in place of the config's data_root")
    parser.add_argument('--amp', action='store_true', help='mixed precision')
    parser.add_argument(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from a checkpoint; without one, from the newest in the work folder',
    )
    parser.add_argument(
        '--auto-scale-lr', action='store_true', help='scale the rate by the batch'
    )
    parser.add_argument(
        '--on-nan',
        choices=['stop', 'skip'],
        default='stop',
        help='where a loss is no finite number: stop, or leave the step out',
    )
    parser.add_argument(
        '--on-bad-image',
        choices=['skip', 'stop'],
        default='skip',
        help='where an image cannot be read: pass it over, or stop',
    )
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, help='a.b=c, over the config'
    )
    parser.add_argument(
        '--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none'
    )
    # torch.distributed.launch has given it either name
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)
    args = parser.parse_args()
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = load_config(
        args.config, args.work_dir, args.data_root, args.cfg_options, args.launcher
    )
    train(
        cfg,
        args.amp,
        args.resume,
        args.auto_scale_lr,
        args.on_nan,
        args.on_bad_image,
    )


if __name__ == '__main__':
    with one_line_errors():
        main()
