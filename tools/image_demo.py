"""Detect faces in a picture or a folder of pictures."""

import argparse
import os
import sys

from mmdet.apis.det_inferencer import IMG_EXTENSIONS, DetInferencer

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.inferencer import as_device, load_detector
from srn_mmdet.apis.named_models import resolve
from srn_mmdet.files.image_names import visible_files
from srn_mmdet.inference import read_picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('inputs', help='a picture or a folder')
    parser.add_argument('config', help='a published model, or path or name of a config')
    parser.add_argument('checkpoint', nargs='?', help='default: the published one')
    parser.add_argument('--out-dir', default='outputs', help='for pictures and JSON')
    parser.add_argument(
        '--score-thr', type=float, default=0.5, help='drawn from here on'
    )
    parser.add_argument(
        '--device', help='cpu, cuda:0, ...; the best there is by default'
    )
    args = parser.parse_args()
    if not os.path.exists(args.inputs):
        raise FileNotFoundError(f'{args.inputs}: no such file or folder')
    problems = _detect(args)
    for problem in problems:
        print(f'problem: {problem}', file=sys.stderr)
    if problems:
        sys.exit(1)


def _detect(args: argparse.Namespace) -> list[str]:
    """Look at everything; a line for each picture that was left out."""
    config, checkpoint = resolve(args.config, args.checkpoint)
    # refuses what DetInferencer would run on with: weights of another network
    load_detector(config, checkpoint)
    device = str(as_device(args.device))
    detect = DetInferencer(config, checkpoint, device=device, show_progress=False)
    problems = []
    for path in _pictures(args.inputs):
        try:
            read_picture(path)
        except (OSError, ValueError) as error:
            problems.append(str(error))
            continue
        detect(
            path,
            out_dir=args.out_dir,
            pred_score_thr=args.score_thr,
            no_save_pred=False,
        )
    return problems


def _pictures(given: str) -> list[str]:
    if not os.path.isdir(given):
        return [given]
    paths = [str(path) for path in visible_files(given, '*')]
    paths = [path for path in paths if path.lower().endswith(IMG_EXTENSIONS)]
    if not paths:
        raise ValueError(f'{given}: no picture in this folder')
    return paths


if __name__ == '__main__':
    with one_line_errors():
        main()
