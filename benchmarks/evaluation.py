"""Evaluating detections on the four benchmarks: seconds, reading included.

WIDER FACE val wants a folder of detections; the others take the files named. Runs what
tools/evaluate.py runs, several times, in one process: importing the package is not
counted.

    python benchmarks/evaluation.py \\
        --wider-face seeded data/wider_face/eval_tools/ground_truth \\
        --fddb MTCNN data/fddb/FDDB-folds fddb_image_sizes.csv \\
        --afw DPM.txt data/afw/annotations/new_annotations_AFW.mat \\
        --pascal DETECTIONS ANNOTATIONS
"""

import argparse
import statistics
import time

import torch
from report import report

from srn_mmdet.apis.evaluate import (
    evaluate_afw_pascal,
    evaluate_fddb,
    evaluate_wider_face,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    files = ('PREDICTIONS', 'GROUND_TRUTH')
    parser.add_argument('--wider-face', nargs=2, metavar=files)
    parser.add_argument('--fddb', nargs=3, metavar=(*files, 'IMAGE_SIZES'))
    parser.add_argument('--afw', nargs=2, metavar=files)
    parser.add_argument('--pascal', nargs=2, metavar=files)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(1)
    cases = {
        'WIDER FACE val': (evaluate_wider_face, args.wider_face),
        'FDDB': (evaluate_fddb, args.fddb),
        'AFW': (evaluate_afw_pascal, args.afw),
        'PASCAL Face': (evaluate_afw_pascal, args.pascal),
    }
    rows = []
    for name, (evaluate, paths) in cases.items():
        if paths is None:
            continue
        wall, core = [], []
        for _ in range(args.rounds):
            start, spent = time.perf_counter(), time.process_time()
            figures = evaluate(*paths)[1]
            core.append(time.process_time() - spent)
            wall.append(time.perf_counter() - start)
        rows.append(
            {
                'benchmark': name,
                's, core': statistics.median(core),
                's, wall': statistics.median(wall),
                'figures': ', '.join(f'{k} {v:.4f}' for k, v in figures.items()),
            }
        )
    report(rows, args.json)


if __name__ == '__main__':
    main()
