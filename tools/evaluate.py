"""Evaluate any detector's files on a face detection benchmark."""

import argparse

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.evaluate import (
    evaluate_afw_pascal,
    evaluate_fddb,
    evaluate_wider_face,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    benchmarks = parser.add_subparsers(dest='benchmark', required=True)
    wider = _add(
        benchmarks,
        'widerface',
        'easy, medium and hard AP',
        'folder of EVENT/NAME.txt: x y w h score',
        'folder of the four official .mat files; or a bbx_gt.txt of own faces',
    )
    wider.add_argument(
        '--image-list', help='evaluate these images only: EVENT/NAME.jpg a line'
    )
    wider.add_argument(
        '--curves', help="folder of the official tool's published curves"
    )
    fddb = _add(
        benchmarks,
        'fddb',
        'discrete and continuous true positive rates',
        'a file, or a folder of fold files: x y w h score, or ellipses and score',
        'the folder FDDB-folds',
    )
    fddb.add_argument('--image-sizes', help='csv with image,width,height')
    fddb.add_argument('--images', help='the folder originalPics, without --image-sizes')
    fddb.add_argument('--roc', help='write ROC files; they begin with this')
    fddb.add_argument('--curves', help="folder of others' *DiscROC.txt, *ContROC.txt")
    for name in ('afw', 'pascal'):
        others = _add(
            benchmarks,
            name,
            'AP by the protocol of Mathias et al.',
            'a file: image score x1 y1 x2 y2 a line',
            'the .mat with the annotations',
        )
        others.add_argument('--curves', help="folder of others' detections to compare")
    args = parser.parse_args()
    text, figures = _run(args)
    print(text)
    for name, value in figures.items():
        print(f'{name:26s}{value:.6f}')


def _add(benchmarks, name, summary, predictions, ground_truth):
    parser = benchmarks.add_parser(name, help=summary)
    parser.add_argument('--predictions', required=True, help=predictions)
    parser.add_argument('--ground-truth', required=True, help=ground_truth)
    parser.add_argument('--json', help='write the figures, in [0, 1], to this file')
    parser.add_argument('--plot', help='draw the curves (png, svg)')
    return parser


def _run(args):
    files = (args.predictions, args.ground_truth)
    outputs = dict(json_file=args.json, plot=args.plot, curves=args.curves)
    if args.benchmark == 'widerface':
        return evaluate_wider_face(*files, args.image_list, **outputs)
    if args.benchmark == 'fddb':
        return evaluate_fddb(
            *files, args.image_sizes, args.images, roc_prefix=args.roc, **outputs
        )
    return evaluate_afw_pascal(*files, **outputs)


if __name__ == '__main__':
    with one_line_errors():
        main()
