"""Strip a training checkpoint to what others need, and name it after its content."""

import argparse
import sys

from srn_mmdet.apis.published import publish


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoint')
    parser.add_argument('out', help='NAME.pth; NAME-<digest>.pth is written')
    parser.add_argument('--float32', action='store_true', help='not half precision')
    parser.add_argument(
        '--config', help="put this config's text in the place of the training's"
    )
    args = parser.parse_args()
    try:
        print(
            publish(
                args.checkpoint, args.out, half=not args.float32, config=args.config
            )
        )
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
