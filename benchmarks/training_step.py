"""A training step of SRN against one of mmdet's RetinaNet: seconds and peak memory.

RetinaNet has four-convolution towers, the same backbone, pyramid (P2 to P7) and anchors,
and mmdet's MaxIoUAssigner. A step is the losses of a batch, the gradients and the
optimiser's step. All sides in turn in every round, medians; memory is that of a process
of its own, over what the process held before its second step. Without weights STC drops
nothing; --checkpoint and --data-root say what a step costs once it has learned to.

    python benchmarks/training_step.py --json training_step.json
"""

import argparse
import statistics
import time
from functools import partial
from itertools import cycle, islice

import torch
from detectors import CONFIGS, retinanet, srn
from mmdet.structures import DetDataSample
from mmengine.optim import OptimWrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner, load_checkpoint
from mmengine.structures import InstanceData
from peak_memory import of_own_process, peak_of
from report import report

from srn_mmdet.apis.runner import load_config

CLOCKS = dict(wall=time.perf_counter, core=time.process_time)
SIDES = {
    'SRN': srn,
    'SRN, whole maps': partial(srn, selective=False),
    'RetinaNet': retinanet,
}


def batch(count: int, size: int, faces: int) -> dict:
    torch.manual_seed(0)
    samples = []
    for _ in range(count):
        side = 8 * 30 ** torch.rand(faces, 1)
        half = side * torch.tensor([1, 1.25]) / 2
        centre = torch.rand(faces, 2) * size
        sample = DetDataSample(
            metainfo=dict(img_shape=(size, size), pad_shape=(size, size))
        )
        boxes = torch.cat([centre - half, centre + half], 1).clamp(0, size)
        sample.gt_instances = InstanceData(
            bboxes=boxes, labels=torch.zeros(faces, dtype=torch.long)
        )
        sample.ignored_instances = InstanceData(bboxes=boxes[:0])
        samples.append(sample)
    images = torch.randint(0, 255, (count, 3, size, size), dtype=torch.uint8)
    return dict(inputs=list(images), data_samples=samples)


def real_batches(config: str, data_root: str, number: int) -> list[dict]:
    """The first of the config's training, crops and all."""
    loader = load_config(str(CONFIGS / config)).train_dataloader
    loader.dataset.data_root = data_root
    loader.update(num_workers=0, persistent_workers=False)
    return list(islice(Runner.build_dataloader(loader, seed=0), number))


def stepper(
    side: str,
    config: str,
    checkpoint: str | None,
    batches: list[dict],
    bf16: bool,
    channels_last: bool,
):
    """A call that takes one training step, on the batches in turn."""
    model = SIDES[side](config).train()
    if checkpoint and side != 'RetinaNet':
        load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
        model.float()
    if channels_last:
        model.to(memory_format=torch.channels_last)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = OptimWrapper(torch.optim.SGD(parameters, lr=1e-9, momentum=0.9))
    turns = cycle(batches)

    def step():
        with torch.autocast('cpu', torch.bfloat16, enabled=bf16):
            return model.train_step(next(turns), optimizer)

    return step


def _memory(pipe, threads: int, *case) -> None:
    torch.set_num_threads(threads)
    init_default_scope('mmdet')
    step = stepper(*case)
    step()  # the gradients and the momentum stay
    pipe.send(peak_of(step))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--config', default='srn_r50_widerface.py')
    parser.add_argument('--size', type=int, default=512)
    parser.add_argument('--batch', type=int, default=2)
    parser.add_argument('--faces', type=int, default=20, help='an image')
    parser.add_argument('--checkpoint', help='weights of SRN; default: none')
    parser.add_argument(
        '--data-root',
        help="WIDER FACE: take the config's own crops, --batches batches of them",
    )
    parser.add_argument('--batches', type=int, default=6)
    parser.add_argument('--bf16', action='store_true')
    parser.add_argument('--channels-last', action='store_true')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument(
        '--clock',
        choices=CLOCKS,
        default='wall',
        help='core: processor seconds, on a machine that does other work too',
    )
    parser.add_argument('--no-memory', action='store_true')
    parser.add_argument('--json', help='write the table to this file')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    init_default_scope('mmdet')
    if args.data_root:
        batches = real_batches(args.config, args.data_root, args.batches)
    else:
        batches = [batch(args.batch, args.size, args.faces)]
    case = (args.config, args.checkpoint, batches, args.bf16, args.channels_last)
    steps = {side: stepper(side, *case) for side in SIDES}
    times = {side: [] for side in SIDES}
    for number in range(args.rounds + 1):
        for side, step in steps.items():
            start = CLOCKS[args.clock]()
            for _ in batches:
                step()
            if number:  # the first is a warm-up
                times[side].append((CLOCKS[args.clock]() - start) / len(batches))
    rows = []
    for side, found in times.items():
        seconds = statistics.median(found)
        memory = None if args.no_memory else of_own_process(_memory, side, *case)
        rows.append(
            {
                'side': side,
                's a step': seconds,
                'of RetinaNet': seconds / statistics.median(times['RetinaNet']),
                'peak, MiB': memory,
            }
        )
    report(rows, args.json)


if __name__ == '__main__':
    main()
