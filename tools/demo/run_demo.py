"""Run SRN's main job on a small drawn data set and show the result on a page."""

import argparse
from pathlib import Path

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.demo.run import DemoError, run_demo

ROOT = Path(__file__).resolve().parents[2]  # the checkout, or .mim of an installation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--out', default='demo_out', help='folder for all that is made')
    parser.add_argument('--config', default=ROOT / 'configs' / 'demo' / 'srn_demo.py')
    args = parser.parse_args()
    run_demo(args.out, args.config, ROOT / 'tools')


if __name__ == '__main__':
    with one_line_errors(DemoError):
        main()
