"""Peak memory of the second step on strides 4, 8 and 16, by what the first step left.

One image; the share of the 32 x 32 tiles that the first step left is made, as in
selective_second_step.py. What the step grows the process by over its input, in MiB.

    python benchmarks/second_step_memory.py --size 1024x1024 --json memory.json
"""

import argparse

import torch
from detectors import srn
from mmengine.registry import init_default_scope
from peak_memory import peak_of
from report import report
from selective_second_step import leave

import srn_mmdet  # noqa: F401
from srn_mmdet.models.dense_heads.stc_filter import left_places


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--config', default='srn_r50_widerface.py')
    parser.add_argument('--size', default='640x640', help='HEIGHTxWIDTH')
    parser.add_argument(
        '--shares', nargs='+', type=float, default=[0, 0.05, 0.1, 0.3, 0.6, 1]
    )
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    init_default_scope('mmdet')
    model = srn(args.config).eval()
    head = model.bbox_head
    rows = []
    with torch.no_grad():
        feats = model.extract_feat(torch.randn(1, 3, *map(int, args.size.split('x'))))
        maps, first = head._run_first(feats)
        for share in args.shares:
            leave(head, share)
            left = left_places(head.dropped(first), maps)
            branches = head.forward_cls, head.forward_reg
            peak = peak_of(
                lambda left=left, branches=branches: [
                    head._run(maps[level], branches, left[level])
                    for level in head.stc_levels
                ]
            )
            rows.append({'tiles left': f'{share:.0%}', 'peak, MiB': peak})
    report(rows, args.json)


if __name__ == '__main__':
    main()
