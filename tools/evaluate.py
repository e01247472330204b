"""Evaluate any detector's files on a face detection benchmark."""

import argparse
import sys

from srn_mmdet.apis.evaluate import evaluate_wider_face


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    benchmarks = parser.add_subparsers(dest='benchmark', required=True)
    wider = benchmarks.add_parser('widerface', help='easy, medium and hard AP')
    wider.add_argument(
        '--predictions', required=True, help='folder of EVENT/NAME.txt: x y w h score'
    )
    wider.add_argument(
        '--ground-truth', required=True, help='folder of the four official .mat files'
    )
    wider.add_argument(
        '--image-list', help='evaluate these images only: EVENT/NAME.jpg a line'
    )
    wider.add_argument('--json', help='write the figures, in [0, 1], to this file')
    wider.add_argument('--plot', help='draw the precision-recall curves (png, svg)')
    args = parser.parse_args()
    try:
        text, figures = evaluate_wider_face(
            args.predictions, args.ground_truth, args.image_list, args.json, args.plot
        )
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(text)
    for name, value in figures.items():
        print(f'{name:8s}{value:.4f}')


if __name__ == '__main__':
    main()
