"""srn-faces: find faces in pictures and videos.

Exit status: 0 all was looked at; 1 some inputs were left out or damaged, and are listed;
2 the call is wrong; 3 it could not go on (the disk is full, no detector); 130
interrupted. What was written until then is whole, and --resume goes on from it.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from .inputs import find_inputs
from .lean_import import lean_import
from .looks import add_looks, looks

LEFT_OUT, STOPPED, INTERRUPTED = 1, 3, 130


def parse(args: Sequence[str]) -> argparse.Namespace:
    summary, _, epilog = __doc__.partition('\n\n')
    summary = summary.partition(': ')[2].capitalize()
    parser = argparse.ArgumentParser(
        prog='srn-faces',
        description=summary,
        epilog=epilog,
        usage='%(prog)s INPUT ... [options]   or   %(prog)s serve [--help]',
    )
    parser.add_argument(
        'inputs',
        nargs='+',
        metavar='INPUT',
        help='pictures, videos and folders of them; http(s)://...; camera:0; - for a '
        'picture from standard input',
    )
    group = parser.add_argument_group('what is written').add_argument
    group('--out-dir', default='faces', metavar='DIR', help='default: %(default)s')
    group('--json', action='store_true', help='JSON alone, no pictures')
    group('--csv', action='store_true', help='all faces in one table, faces.csv')
    group('--crop', action='store_true', help='each face as a picture of its own')
    group('--blur', action='store_true', help='in place of boxes, faces blurred')
    group('--pixelate', action='store_true', help='in place of boxes, faces in cells')
    group('--resume', action='store_true', help='leave alone what is done already')
    group = parser.add_argument_group('which faces').add_argument
    group('--score-thr', type=float, default=0.5, metavar='T', help='default: .5')
    group(
        '--min-size',
        type=float,
        default=0,
        metavar='PX',
        help='leave out faces whose longer side is under this',
    )
    how = parser.add_argument_group('how they are looked for')
    add_looks(how)
    group = how.add_argument
    group(
        '--model',
        '--config',
        dest='config',
        metavar='NAME',
        help='another detector: a published model, or a config and --checkpoint',
    )
    group('--checkpoint', help='its weights')
    group('--device', help='cpu, cuda:0, ...; default: the best there is')
    group('--half', action='store_true', help='compute in bfloat16')
    parser.add_argument('--version', action=_Version, help='say it and end')
    options = parser.parse_intermixed_args(args)  # pictures may follow options
    if not 0 <= options.score_thr <= 1:
        parser.error(f'--score-thr {options.score_thr}: wants a number in [0, 1]')
    if not options.min_size >= 0:
        parser.error(f'--min-size {options.min_size}: wants 0 or more')
    options.looks = looks(parser, options)
    if options.blur and options.pixelate:
        parser.error('--blur and --pixelate: one of them')
    options.style = 'blur' if options.blur else 'pixelate' if options.pixelate else None
    if options.crop and options.style:
        parser.error(f'--crop shows the faces that --{options.style} hides: two runs')
    if options.json and options.style:
        parser.error(f'--json writes no pictures: leave out --{options.style}')
    return options


class _Version(argparse.Action):
    def __init__(self, *args, **others) -> None:
        super().__init__(*args, nargs=0, **others)

    def __call__(self, parser, *_) -> None:
        from importlib.metadata import version

        print('srn_mmdet', version('srn_mmdet'))
        parser.exit()


def main(args: Sequence[str] | None = None) -> None:
    """The program; with arguments that are given, within somebody's process."""
    loading = lean_import() if args is None else nullcontext()
    args = list(sys.argv[1:] if args is None else args)
    if args[:1] == ['serve']:
        from .serve import serve

        return serve(args[1:], loading)
    options = parse(args)
    try:
        found, problems = find_inputs(options.inputs, options.out_dir)
        if found:
            if sys.stderr.isatty():  # torch and mmdet take seconds
                print('loading the detector', end='\r', file=sys.stderr, flush=True)
            with loading:
                from .run import run
            problems += run(found, options)
    except KeyboardInterrupt:
        say('interrupted; what is written is whole, --resume goes on from it')
        sys.exit(INTERRUPTED)
    except (OSError, ImportError, ValueError, RuntimeError) as error:
        say(f'error: {error}')
        sys.exit(STOPPED)
    for problem in problems:
        say(f'problem: {problem}')
    if problems:
        sys.exit(LEFT_OUT)


def tell(text: str) -> None:
    """A line on standard output, where anybody still reads it."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # or Python would try again as it ends, and say so
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(text: str) -> None:
    """A line on standard error, also of a name that is not UTF-8."""
    print(text.encode(errors='backslashreplace').decode(), file=sys.stderr)
