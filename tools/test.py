"""Test a checkpoint."""

import argparse
import os

from mmengine.config import DictAction

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.runner import load_config, test


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='path of a config, or name of a packaged one')
    parser.add_argument('checkpoint')
    parser.add_argument('--work-dir', help='for logs')
    parser.add_argument('--data-root', help="in place of the config's data_root")
    parser.add_argument(
        '--split',
        choices=['val', 'test'],
        default='val',
        help='test: write the files for submission, as the labels are not public',
    )
    parser.add_argument(
        '--out-dir', help="write the detections in the benchmark's own format"
    )
    parser.add_argument(
        '--tta', action='store_true', help="the config's test-time augmentation"
    )
    parser.add_argument('--amp', action='store_true', help='mixed precision: faster')
    parser.add_argument(
        '--channels-last', action='store_true', help='another memory layout: faster'
    )
    parser.add_argument(
        '--fuse-conv-bn', action='store_true', help='fold batch norm away: faster'
    )
    parser.add_argument('--show-dir', help='draw the detections into this folder')
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
    test(
        cfg,
        args.checkpoint,
        args.split,
        args.out_dir,
        args.show_dir,
        args.tta,
        args.amp,
        args.channels_last,
        args.fuse_conv_bn,
    )


if __name__ == '__main__':
    with one_line_errors():
        main()
