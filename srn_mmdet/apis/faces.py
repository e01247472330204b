"""srn-faces: detect faces in pictures, from the command line."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

_ENDINGS = {'.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff'}


def find_pictures(
    inputs: Sequence[str], out_dir: str | Path | None = None
) -> tuple[list[tuple[Path, Path]], list[str]]:
    """Pictures among files and below folders.

    Args:
        inputs: Files (whatever their ending) and folders.
        out_dir: A folder to leave out: results of an earlier run.

    Returns:
        (picture, name for what is written about it: its path relative to the given
        folder, no two the same), and a line for each input that does not exist or holds
        no picture.
    """
    left_out = Path(out_dir).resolve() if out_dir is not None else None
    pictures, problems, names = [], [], set()
    for given in map(Path, inputs):
        if given.is_file():
            found, root = [given], given.parent
        elif given.is_dir():
            found = sorted(
                path
                for path in given.rglob('*')
                if path.suffix.lower() in _ENDINGS
                and left_out not in path.resolve().parents
            )
            root = given
            if not found:
                problems.append(f'{given}: no picture in this folder')
        else:
            problems.append(f'{given}: no such file or folder')
            continue
        for path in found:
            name, number = path.relative_to(root), 1
            while name in names:
                number += 1
                name = path.relative_to(root).with_name(
                    f'{path.stem}-{number}{path.suffix}'
                )
            names.add(name)
            pictures.append((path, name))
    return pictures, problems


def main(args: Sequence[str] | None = None) -> None:
    args = list(sys.argv[1:] if args is None else args)
    if args[:1] == ['serve']:
        from ..serve import main as serve

        return serve(args[1:])
    parser = argparse.ArgumentParser(prog='srn-faces', description=__doc__)
    parser.add_argument('inputs', nargs='+', help='pictures and folders of pictures')
    parser.add_argument(
        '--out-dir', default='faces', help='of pictures and JSON; default: %(default)s'
    )
    parser.add_argument(
        '--score-thr', type=float, default=0.5, help='default: %(default)s'
    )
    parser.add_argument(
        '--max-side',
        type=int,
        default=1280,
        help='larger pictures are reduced to this; 0: none; default: %(default)s',
    )
    parser.add_argument('--no-pictures', action='store_true', help='write JSON alone')
    parser.add_argument(
        '--config',
        '--model',
        help='another detector: name of a published model, or a config and --checkpoint',
    )
    parser.add_argument('--checkpoint', help='its weights')
    parser.add_argument('--device', help='cpu, cuda:0, ...; default: the best there is')
    options = parser.parse_args(args)
    if not 0 <= options.score_thr <= 1:
        parser.error(f'--score-thr {options.score_thr}: wants a number in [0, 1]')
    if options.max_side < 0:
        parser.error(f'--max-side {options.max_side}: wants 0 or more')
    pictures, problems = find_pictures(options.inputs, options.out_dir)
    if pictures:
        try:
            problems += _detect(pictures, options)
        except (OSError, ImportError, ValueError, RuntimeError) as error:
            sys.exit(f'error: {error}')
    for problem in problems:
        print(f'left out: {problem}', file=sys.stderr)
    if problems:
        sys.exit(1)


def _detect(pictures: list[tuple[Path, Path]], options) -> list[str]:
    import cv2

    from ..inference import read_picture
    from ..visualization import draw_detections
    from .inferencer import CONFIG, SRNInferencer

    detect = SRNInferencer(
        options.config or CONFIG,
        options.checkpoint,
        options.device,
        options.max_side or None,
    )
    out_dir, problems, number = Path(options.out_dir), [], 0
    for path, name in _progress(pictures):
        target = out_dir / name
        if target.resolve() == path.resolve():
            problems.append(f'{path}: would be overwritten; give another --out-dir')
            continue
        try:
            image = read_picture(path)
        except ValueError as error:
            problems.append(str(error))
            continue
        rows = detect(image, options.score_thr)
        number += len(rows)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.with_name(target.name + '.json').write_text(_json(path, image, rows))
        if not options.no_pictures:
            if target.suffix.lower() not in _ENDINGS:  # what OpenCV cannot write
                target = target.with_name(target.name + '.jpg')
            cv2.imwrite(str(target), draw_detections(image, rows))
    read = len(pictures) - len(problems)
    print(f'{number} faces in {read} pictures; see {out_dir.resolve()}')
    return problems


def _progress(pictures: list) -> Iterator:
    from mmengine.utils import track_iter_progress

    yield from track_iter_progress((pictures, len(pictures)), file=sys.stderr)


def _json(path: Path, image: np.ndarray, rows: np.ndarray) -> str:
    """A picture's faces: boxes (x1, y1, x2, y2) in its pixels, and scores."""
    faces = [
        dict(box=[round(float(x), 2) for x in row[:4]], score=round(float(row[4]), 4))
        for row in rows
    ]
    height, width = image.shape[:2]
    content = dict(image=str(path), width=width, height=height, faces=faces)
    return json.dumps(content, indent=1) + '\n'


if __name__ == '__main__':
    main()
