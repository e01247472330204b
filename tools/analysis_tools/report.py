"""Write one HTML page on what a detector finds and misses on WIDER FACE."""

import argparse
import json
from pathlib import Path

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.report import write_report
from srn_mmdet.written_aside import write_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--predictions', required=True, help='folder of EVENT/NAME.txt')
    parser.add_argument(
        '--ground-truth', required=True, help='folder of the four official .mat files'
    )
    parser.add_argument('--out', default='report.html', help='default: %(default)s')
    parser.add_argument('--images', help='folder of the event folders, for pictures')
    parser.add_argument('--image-list', help='these images only: EVENT/NAME.jpg a line')
    parser.add_argument('--curves', help="folder of the official tool's curves")
    parser.add_argument('--json', help='write all figures to this file')
    args = parser.parse_args()
    figures = write_report(
        args.predictions,
        args.ground_truth,
        args.out,
        args.images,
        args.image_list,
        args.curves,
    )
    if args.json:
        write_file(args.json, json.dumps(figures, indent=2) + '\n')
    print(f'See {Path(args.out).resolve()}')


if __name__ == '__main__':
    with one_line_errors():
        main()
