"""Fetch a published model: its weights, whose hash is checked, and its whole config."""

import argparse
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('model', nargs='?', help='default: list them')
    parser.add_argument('--dest', default='.', help='folder; default: this one')
    parser.add_argument(
        '--zoo', help='URL or folder of the weights; default: $SRN_MMDET_ZOO'
    )
    args = parser.parse_args()
    from mmengine.config import Config

    from srn_mmdet.apis.named_models import resolve
    from srn_mmdet.zoo import find_model, models, weights_of

    if args.model is None:
        for model in models():
            names = ' or '.join([model.name, *model.aliases])
            print(f'{names}: {model.config.name}, {model.file}')
        return
    try:
        model = find_model(args.model)
        if model is None:
            resolve(args.model)  # says why not
        print(weights_of(model, args.dest, args.zoo))
        config = Path(args.dest) / f'{model.name}.py'
        Config.fromfile(model.config).dump(config)
        print(config)
    except (OSError, ImportError, ValueError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
