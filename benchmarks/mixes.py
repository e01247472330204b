"""What SRN's parts cost in mmdet's detectors: parameters, detection, a training step.

Each config of configs/mix beside the one it is built on, in turn, with random weights and
picture; the best of some runs. Weights do not matter to the time but where scores decide
how much is done (STC, NMS): all scores are at their prior here, as at the beginning of a
training, so that nothing is left out.
"""

import argparse
import ast
import logging
import time
from pathlib import Path

import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

import srn_mmdet  # noqa: F401  (registers everything)

MIX = Path(__file__).resolve().parents[1] / 'configs' / 'mix'


def base_of(path: Path) -> Config | None:
    """The config that a mix is built on, where that is a single one."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == '_base_':
            base = ast.literal_eval(node.value)
            if not isinstance(base, str):
                return None
            name = base if '::' in base else str((path.parent / base).resolve())
            if '::' not in base:
                return Config.fromfile(name)
            return Config.fromstring(f'_base_ = {name!r}', '.py')
    return None


def measure(cfg: Config, size: int, runs: int) -> tuple[int, float, float]:
    """Parameters, and seconds of a detection and of a training step of one picture."""
    torch.manual_seed(0)
    model = cfg.model.get('detector', cfg.model)
    model.backbone.init_cfg = None
    model = MODELS.build(model)
    model.init_weights()
    x = torch.randn(1, 3, size, size)

    def detect():
        with torch.no_grad():
            model.predict(x, [_sample(size)])

    def step():
        loss, _ = model.parse_losses(model.loss(x, [_sample(size)]))
        loss.backward()
        model.zero_grad()

    model.eval()
    detection = _best(detect, runs)
    model.train()
    return sum(p.numel() for p in model.parameters()), detection, _best(step, runs)


def _sample(size: int) -> DetDataSample:
    shape = (size, size)
    data = DetDataSample(
        metainfo=dict(
            img_shape=shape,
            ori_shape=shape,
            pad_shape=shape,
            batch_input_shape=shape,
            scale_factor=(1.0, 1.0),
        )
    )
    corners = torch.arange(10.0)[:, None] * size / 12
    boxes = torch.cat([corners, corners, corners + 40, corners + 50], 1)
    masks = BitmapMasks([torch.ones(shape).byte().numpy()] * 10, *shape)
    labels = torch.zeros(10, dtype=torch.long)
    data.gt_instances = InstanceData(bboxes=boxes, labels=labels, masks=masks)
    data.ignored_instances = InstanceData(bboxes=boxes[:0], labels=labels[:0])
    return data


def _best(run, runs: int) -> float:
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('names', nargs='*', help='of configs; default: all')
    parser.add_argument('--size', type=int, default=320)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--threads', type=int, default=1)
    args = parser.parse_args()
    unknown = set(args.names) - {path.stem for path in MIX.glob('*.py')}
    if unknown:
        parser.error(f'{", ".join(unknown)}: not in {MIX}')
    logging.disable(logging.INFO)  # of every weight's initialisation
    torch.set_num_threads(args.threads)
    init_default_scope('mmdet')
    print('| config | parameters, M | a detection, s | a training step, s |')
    print('| --- | --- | --- | --- |')
    known = {}
    for path in sorted(MIX.glob('*.py')):
        if args.names and path.stem not in args.names:
            continue
        row = measure(Config.fromfile(path), args.size, args.runs)
        base = base_of(path)
        if base is not None:
            key = str(base.model)
            if key not in known:
                known[key] = measure(base, args.size, args.runs)
        cells = []
        for at, form in enumerate(('{:.1f}', '{:.2f}', '{:.2f}')):
            scale = 1e6 if at == 0 else 1
            cell = form.format(row[at] / scale)
            if base is not None:
                cell += f' ({form.format(known[key][at] / scale)})'
            cells.append(cell)
        print(f'| {path.stem} | {" | ".join(cells)} |', flush=True)


if __name__ == '__main__':
    main()
