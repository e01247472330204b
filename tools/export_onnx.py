"""Write a detector as an ONNX file, or as a program of torch.export."""

import argparse

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.inferencer import CONFIG, load_detector
from srn_mmdet.export import export_onnx, export_torch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'out', help='the file to write; .pt2: a program of torch.export, not ONNX'
    )
    parser.add_argument(
        '--config',
        '--model',
        help='a published model, or path or name of a config; default: the light SRN',
    )
    parser.add_argument('--checkpoint', help='default: the weights of the package')
    parser.add_argument('--opset', type=int, default=23, help='default: %(default)s')
    parser.add_argument(
        '--nms',
        nargs='?',
        const='config',
        metavar='IOU',
        help="with NMS in the graph: the config's, or plain NMS at this overlap",
    )
    args = parser.parse_args()
    if not args.out.endswith(('.onnx', '.pt2')):
        raise ValueError(f'{args.out}: wants a name that ends in .onnx or .pt2')
    model = load_detector(args.config or CONFIG, args.checkpoint)
    if args.nms not in (None, 'config'):
        model.test_cfg.nms.update(type='nms', iou_threshold=_overlap(args.nms))
    if args.out.endswith('.pt2'):
        if args.nms is not None:
            raise ValueError('--nms is for ONNX: torch has no function for it')
        print(export_torch(model, args.out))
    else:
        with_nms = args.nms is not None
        print(export_onnx(model, args.out, args.opset, with_nms))


def _overlap(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ValueError(f'--nms {text}: wants a number in [0, 1]')
    return value


if __name__ == '__main__':
    with one_line_errors(TypeError):
        main()
