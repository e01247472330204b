"""Detect faces in a picture or a folder of pictures."""

import argparse
import os
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('inputs', help='a picture or a folder')
    parser.add_argument('config', help='path of a config, or name of a packaged one')
    parser.add_argument('checkpoint')
    parser.add_argument('--out-dir', default='outputs', help='for pictures and JSON')
    parser.add_argument(
        '--score-thr', type=float, default=0.5, help='drawn from here on'
    )
    parser.add_argument(
        '--device', help='cpu, cuda:0, ...; the best there is by default'
    )
    args = parser.parse_args()
    for path in (args.inputs, args.checkpoint):
        if not os.path.exists(path):
            sys.exit(f'error: {path}: no such file or folder')
    from mmdet.apis import DetInferencer

    from srn_mmdet.apis.runner import find_config

    try:
        config = find_config(args.config)
        detect = DetInferencer(config, args.checkpoint, device=args.device)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    detect(
        args.inputs,
        out_dir=args.out_dir,
        pred_score_thr=args.score_thr,
        no_save_pred=False,
    )


if __name__ == '__main__':
    main()
