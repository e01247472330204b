"""Draw what STC dropped and where STR moved anchors, for papers and slides."""

import argparse
import sys
from pathlib import Path

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.inferencer import CONFIG, SRNInferencer
from srn_mmdet.apis.steps import look_at_steps
from srn_mmdet.inference import read_picture
from srn_mmdet.visualization import draw_steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('picture')
    parser.add_argument('out', help='the figure to write: .png, .svg or .pdf')
    parser.add_argument(
        '--score-thr', type=float, default=0.5, help='default: %(default)s'
    )
    parser.add_argument(
        '--config', help='path, or name of a model or config; default: the light SRN'
    )
    parser.add_argument('--checkpoint', help='default: the weights of the package')
    parser.add_argument('--device', help='cpu, cuda:0, ...; default: the best there is')
    args = parser.parse_args()
    if Path(args.out).suffix.lower() not in ('.png', '.svg', '.pdf'):
        parser.error(f'{args.out}: wants a name that ends in .png, .svg or .pdf')
    image = read_picture(args.picture)
    detect = SRNInferencer(args.config or CONFIG, args.checkpoint, args.device)
    steps = look_at_steps(detect, image)
    if not steps.filtered and not steps.moved:
        sys.exit(f'error: {args.config}: has no first step that could be drawn')
    draw_steps(image, steps, args.out, args.score_thr)


if __name__ == '__main__':
    with one_line_errors(RuntimeError):
        main()
