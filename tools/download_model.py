"""Fetch a published model: its weights, whose hash is checked, and its whole config."""

import argparse
from pathlib import Path

from mmengine.config import Config

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.named_models import resolve
from srn_mmdet.written_aside import write_file
from srn_mmdet.zoo import find_model, models, weights_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('model', nargs='?', help='default: list them')
    parser.add_argument('--dest', default='.', help='folder; default: this one')
    parser.add_argument(
        '--zoo', help='URL or folder of the weights; default: $SRN_MMDET_ZOO'
    )
    args = parser.parse_args()
    if args.model is None:
        for model in models():
            names = ' or '.join([model.name, *model.aliases])
            print(f'{names}: {model.config.name}, {model.file}')
        return
    model = find_model(args.model)
    if model is None:
        resolve(args.model)  # says why not
    print(weights_of(model, args.dest, args.zoo))
    config = Path(args.dest) / f'{model.name}.py'
    write_file(config, Config.fromfile(model.config).pretty_text)
    print(config)


if __name__ == '__main__':
    with one_line_errors():
        main()
