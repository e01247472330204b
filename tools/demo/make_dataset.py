"""Draw a small face data set in WIDER FACE's layout."""

import argparse

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.demo.make_dataset import make_dataset


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', help='folder to make')
    parser.add_argument('--train', type=int, default=320, help='training images')
    parser.add_argument('--val', type=int, default=60, help='validation images')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    make_dataset(args.out, args.train, args.val, args.seed)


if __name__ == '__main__':
    with one_line_errors():
        main()
