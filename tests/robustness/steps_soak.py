"""Training steps on odd batches, in other precisions, of odd sizes, and many of them.

    python tests/robustness/steps_soak.py PART

faces: batches with no faces, one, 2,000. memory: 300 steps of mixed batches; the highest
resident memory of the last 75 is less than 3 % over that of the 75 before. numerics:
float32 and bfloat16 against float64. sizes: sides of 1 to 65 px, trained on and detected
in. Exits 1 where something was not as it should be.
"""

import logging
import sys

import psutil
import torch
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData

from srn_mmdet.apis.runner import load_config

SMALL = {
    'model.backbone.base_channels': 8,
    'model.neck.0.in_channels': [8, 16, 32, 64],
}


def network(seed: int = 0) -> torch.nn.Module:
    init_default_scope('mmdet')
    logging.disable(logging.INFO)
    torch.manual_seed(seed)
    model = MODELS.build(load_config('srn_demo.py', cfg_options=SMALL).model)
    model.init_weights()
    return model


def batch(faces: list[int], height=128, width=128, seed=0) -> dict:
    """Random images with so many random faces each."""
    generator = torch.Generator().manual_seed(seed)
    samples = []
    for number in faces:
        sizes = 4 + torch.rand(number, 2, generator=generator) * 40
        corners = torch.rand(number, 2, generator=generator) * torch.tensor(
            [width - 4.0, height - 4.0]
        )
        boxes = torch.cat([corners, corners + sizes], 1)
        boxes[:, 2].clamp_(max=width)
        boxes[:, 3].clamp_(max=height)
        sample = DetDataSample(metainfo=shape(height, width))
        labels = torch.zeros(number, dtype=torch.long)
        sample.gt_instances = InstanceData(bboxes=boxes, labels=labels)
        sample.ignored_instances = InstanceData(bboxes=boxes[:0], labels=labels[:0])
        samples.append(sample)
    images = torch.rand(len(faces), 3, height, width, generator=generator)
    return dict(inputs=images * 255 - 127, data_samples=samples)


def shape(height: int, width: int) -> dict:
    size = (height, width)
    return dict(img_shape=size, ori_shape=size, pad_shape=size, scale_factor=(1.0, 1.0))


def losses(model, data: dict) -> tuple[float, bool]:
    """A step's loss, and whether each parameter got a finite gradient."""
    model.zero_grad()
    total = model.parse_losses(model.loss(data['inputs'], data['data_samples']))[0]
    total.backward()
    grads = [p.grad for p in model.parameters() if p.requires_grad]
    return total.item(), all(g is not None and g.isfinite().all() for g in grads)


def faces() -> bool:
    model, good = network().train(), True
    for numbers in ([0, 0], [1, 0], [1, 1], [2000, 0], [2000, 2000]):
        loss, grads = losses(model, batch(numbers))
        print(f'{numbers} faces: loss {loss:.4f}, every gradient finite: {grads}')
        good &= grads and loss == loss and loss < 1e4
    return good


def memory() -> bool:
    model = network().train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)
    process, seen = psutil.Process(), []
    for step in range(300):
        size = 64 + 32 * (step % 5)
        data = batch([step % 7 * 20, step % 3], size, 224 - size // 2, seed=step)
        losses(model, data)
        optimizer.step()
        seen.append(process.memory_info().rss / 2**20)
        if step % 50 == 49:
            print(f'{step + 1} steps: {seen[-1]:.0f} MB', flush=True)
    growth = max(seen[225:]) / max(seen[150:225]) - 1
    print(f'the last 75 steps {growth:.1%} over the 75 before')
    return growth < 0.03


def numerics() -> bool:
    try:
        return _numerics()
    finally:
        torch.set_default_dtype(torch.float)


def _numerics() -> bool:
    data, found = batch([3, 1]), {}
    model = network().eval()
    found['float32'] = step_of(model, data)
    with torch.autocast('cpu', torch.bfloat16):
        found['bfloat16'] = step_of(model, data)
    torch.set_default_dtype(torch.double)
    for sample in data['data_samples']:
        for faces in (sample.gt_instances, sample.ignored_instances):
            faces.bboxes = faces.bboxes.double()
    double = network().eval()
    double.load_state_dict(model.state_dict())
    loss, grads = step_of(double, dict(data, inputs=data['inputs'].double()))
    good = True
    for name, limit in (('float32', 1e-4), ('bfloat16', 0.1)):
        off = abs(found[name][0] / loss - 1)
        turned = (found[name][1] - grads).norm() / grads.norm()
        print(f'{name}: loss off by {off:.1e}, gradient by {turned:.1e} of its length')
        good &= off < limit and bool(turned < limit)
    return good


def step_of(model, data: dict) -> tuple[float, torch.Tensor]:
    loss, _ = losses(model, data)
    return loss, torch.cat([p.grad.double().flatten() for p in model.parameters()])


PAIRS = [(a, b) for a in range(1, 66) for b in sorted({1, 2, 31, 33, 64, a})]


def sizes(pairs: list[tuple[int, int]] = PAIRS) -> bool:
    model, wrong = network(), 0
    for height, width in pairs:
        data = batch([1, 0], height, width)
        for sample in data['data_samples']:
            sample.gt_instances.bboxes[:] = torch.tensor([0.0, 0, width, height])
        loss, grads = losses(model.train(), data)
        with torch.no_grad():
            model.eval()
            found = model.predict(data['inputs'], data['data_samples'])
        finite = all(f.pred_instances.bboxes.isfinite().all() for f in found)
        if not (grads and finite and loss == loss):
            wrong += 1
            print(f'{height}x{width}: loss {loss}, gradients {grads}, boxes {finite}')
    print(f'{len(pairs)} sizes, {wrong} not as they should be')
    return not wrong


def main() -> None:
    parts = dict(faces=faces, memory=memory, numerics=numerics, sizes=sizes)
    if len(sys.argv) != 2 or sys.argv[1] not in parts:
        sys.exit(__doc__)
    torch.set_num_threads(1)
    sys.exit(not parts[sys.argv[1]]())


if __name__ == '__main__':
    main()
