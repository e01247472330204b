"""Write a checkpoint as an ONNX file."""

import argparse
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', help='the file to write')
    parser.add_argument(
        '--config',
        '--model',
        help='a published model, or path or name of a config; default: the light SRN',
    )
    parser.add_argument('--checkpoint', help='default: the weights of the package')
    args = parser.parse_args()
    from srn_mmdet.apis.inferencer import CONFIG, load_detector
    from srn_mmdet.export import export_onnx

    try:
        model = load_detector(args.config or CONFIG, args.checkpoint)
        print(export_onnx(model, args.out))
    except (OSError, ImportError, ValueError, TypeError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
