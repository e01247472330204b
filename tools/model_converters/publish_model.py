"""Strip a training checkpoint to what others need, name it after its content, and list
it in the zoo."""

import argparse

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.list_model import list_model
from srn_mmdet.apis.published import publish, to_safetensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'checkpoint', help="training's, or one that was published already"
    )
    parser.add_argument(
        'out',
        nargs='?',
        help='NAME.pth; NAME-<digest>.pth is written; not for what is published already',
    )
    parser.add_argument('--float32', action='store_true', help='not half precision')
    parser.add_argument(
        '--config', help="put this config's text in the place of the training's"
    )
    parser.add_argument(
        '--safetensors', action='store_true', help='also NAME-<digest>.safetensors'
    )
    entry = parser.add_argument_group(
        'the entry in the zoo', 'what is not given stays as the entry has it'
    )
    entry.add_argument('--metafile', help='write the entry into this file')
    entry.add_argument('--results', help='JSON of tools/evaluate.py')
    entry.add_argument('--dataset', help='what it evaluated')
    entry.add_argument('--alias', nargs='+', help='other names of the model')
    entry.add_argument('--training-data')
    entry.add_argument('--licence', help='of the weights')
    entry.add_argument('--epochs', type=int)
    entry.add_argument('--card', help="write the figures into this model's card")
    entry.add_argument('--report', help='JSON of tools/analysis_tools/report.py')
    entry.add_argument(
        '--check', action='store_true', help='write nothing, compare entry and card'
    )
    args = parser.parse_args()
    if args.metafile is None and (args.check or args.card or args.results):
        parser.error('--results, --card and --check want --metafile')
    if args.out is None and args.metafile is None and not args.safetensors:
        parser.error('out is missing')
    path = args.checkpoint
    if args.out is not None:
        path = publish(args.checkpoint, args.out, not args.float32, args.config)
        print(path)
    if args.safetensors:
        print(to_safetensors(path))
    if args.metafile is not None:
        list_model(
            path,
            args.metafile,
            args.config,
            card=args.card,
            report=args.report,
            check=args.check,
            results=args.results,
            dataset=args.dataset,
            aliases=args.alias,
            training_data=args.training_data,
            licence=args.licence,
            epochs=args.epochs,
        )
        print(f'{args.metafile}: {"is as it should be" if args.check else "written"}')


if __name__ == '__main__':
    with one_line_errors():
        main()
