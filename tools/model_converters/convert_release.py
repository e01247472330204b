"""Convert the authors' released SRN.pth into a checkpoint of this package."""

import argparse
import io

import torch

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.release_checkpoint import convert_release
from srn_mmdet.apis.runner import load_config
from srn_mmdet.written_aside import write_file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('release', help='the release, SRN.pth')
    parser.add_argument('out', help='where the converted checkpoint goes')
    parser.add_argument(
        '--config',
        default='srn_r50_release_widerface.py',
        help='the network (default: %(default)s)',
    )
    args = parser.parse_args()
    checkpoint = convert_release(args.release, load_config(args.config))
    data = io.BytesIO()
    torch.save(checkpoint, data)
    write_file(args.out, data.getvalue())
    print(f'{len(checkpoint["state_dict"])} parameters and buffers are in {args.out}')


if __name__ == '__main__':
    with one_line_errors():
        main()
