"""Conversion of the authors' released checkpoint to the names used here."""

import re

import numpy as np
import torch
from mmdet.registry import MODELS
from mmengine.config import Config
from torch import Tensor

from srn_mmdet._version import __version__
from srn_mmdet.engine.checkpoint_loading import load_from_local
from srn_mmdet.models.layers import dense

# (pattern of the release's name, name here); conv C2..C5 are levels 0..3
_RENAMES = (
    (r'(conv1|bn1|layer[1-4]\.\d+)\.(.+)', r'backbone.\1.\2'),
    (r'layer(5|6)\.', lambda m: f'neck.0.first_downsamples.{int(m[1]) - 5}.'),
    (r'c(\d)_conv\.', lambda m: f'neck.0.first_laterals.{int(m[1]) - 2}.'),
    (r'c(\d)_lateral\.', lambda m: f'neck.0.lateral_convs.{int(m[1]) - 2}.conv.'),
    (r'p(\d)_conv\.', lambda m: f'neck.0.fpn_convs.{int(m[1]) - 2}.conv.'),
    (r'(cls|box)_subnet_pred\.', lambda m: f'bbox_head.conv_{_BRANCH[m[1]]}.'),
    (
        r'(cls|box)_subnet\.0\.',
        lambda m: f'bbox_head.{_BRANCH[m[1]]}_tower.conv0.conv.',
    ),
    (
        r'(cls|box)_subnet\.3\.',
        lambda m: f'bbox_head.{_BRANCH[m[1]]}_tower.conv1.conv.',
    ),
    (
        r'(cls|box)_subnet\.2\.branch(\d)\.(\d)\.',
        lambda m: (
            f'bbox_head.{_BRANCH[m[1]]}_tower.rfe.branches.{m[2]}.{int(m[3]) // 2}.conv.'
        ),
    ),
    (
        r'(cls|box)_subnet\.2\.cated_conv\.0\.',
        lambda m: f'bbox_head.{_BRANCH[m[1]]}_tower.rfe.fuse.0.conv.',
    ),
)
_BRANCH = {'cls': 'cls', 'box': 'reg'}


def rename(key: str) -> str | None:
    """The name here of a parameter of the release; None where it has none."""
    key = key.removeprefix('module.')
    for pattern, replacement in _RENAMES:
        if re.match(pattern, key):
            return re.sub('^' + pattern, replacement, key)
    return None


def convert_state_dict(release: dict[str, Tensor], shapes: dict) -> dict[str, Tensor]:
    """Rename the parameters of the release.

    Args:
        release: Its state dict, keys with or without ``module.``.
        shapes: The shape of every parameter and buffer that is wanted, by name here.

    Raises:
        ValueError: Something is missing, left over or of another shape; all are listed.
    """
    converted, problems = {}, []
    for key, value in release.items():
        name = rename(str(key))
        if name not in shapes:
            problems.append(f'left over: {key}')
        elif name in converted:
            problems.append(f'twice, with and without module.: {key}')
        elif value.shape != shapes[name]:
            found, wanted = tuple(value.shape), tuple(shapes[name])
            problems.append(f'another shape: {key} is {found}, wanted {wanted}')
        else:
            converted[name] = value
    seen = {rename(str(key)) for key in release}
    # torch 0.3.1 did not count batches; nor does anything here read the count
    problems += [
        f'missing: {name}'
        for name in shapes
        if name not in seen and not name.endswith('num_batches_tracked')
    ]
    if problems:
        raise ValueError('\n  '.join([f'{len(problems)} problems', *problems]))
    return converted


def convert_release(checkpoint: str, cfg: Config) -> dict:
    """Convert the authors' SRN.pth into a checkpoint of this package.

    Args:
        checkpoint: Path of the release, ``{'state_dict': {'module.conv1.weight': ...}}``.
        cfg: `srn_r50_release_widerface.py`; goes into the checkpoint.

    Returns:
        ``{'state_dict': ..., 'meta': ...}``; the meta is what mmdet's inferencer wants.

    Raises:
        ValueError: The file is no checkpoint of SRN-R50, or not a whole one.
    """
    loaded = load_from_local(checkpoint, map_location='cpu')
    state = loaded.get('state_dict', loaded) if isinstance(loaded, dict) else loaded
    if not isinstance(state, dict) or not any(rename(str(key)) for key in state):
        raise ValueError(
            f"{checkpoint}: not the authors' released SRN: none of its keys "
            f'({_some(state)}) is a parameter of that network'
        )
    not_tensors = [key for key, value in state.items() if not torch.is_tensor(value)]
    if not_tensors:
        raise ValueError(
            f'{checkpoint}: not tensors: {", ".join(map(str, not_tensors))}'
        )
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    shapes = {name: value.shape for name, value in model.state_dict().items()}
    try:
        converted = convert_state_dict(state, shapes)
    except ValueError as error:
        raise ValueError(f'{checkpoint}: {error}') from None
    meta = dict(
        cfg=cfg.pretty_text,
        dataset_meta=dict(classes=('face',), palette=[(0, 255, 0)]),
        srn_mmdet_version=__version__,
        converted_from="the authors' release",
    )
    return dict(meta=meta, state_dict=converted)


@torch.no_grad()
def compare_release(
    cfg: Config, checkpoint: dict, image: Tensor, wanted: dict[str, np.ndarray]
) -> list[tuple[str, float, float]]:
    """Compare maps and detections with those of the authors' network.

    Args:
        cfg, checkpoint: As for and of :func:`convert_release`.
        image: (1, 3, H, W), normalised.
        wanted: ``{first,second}_{cls,reg}_{level}``, maps before the sigmoid, and
            ``detections``, rows of x1, y1, x2, y2, score, best first.

    Returns:
        Name, largest absolute difference and what is tolerated. Detections whose scores
        are equal but for float32's last digits may be listed in either order.
    """
    cfg.model.backbone.init_cfg = None
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(checkpoint['state_dict'])
    head, size = model.bbox_head, tuple(image.shape[-2:])
    feats = model.extract_feat(image)
    outs = head(feats)
    n = head.prior_generator.num_levels
    rows = []
    for step, maps in (('first', feats[n:]), ('second', feats[:n])):
        for branch, forward in (('cls', head.forward_cls), ('reg', head.forward_reg)):
            for level, feat in enumerate(maps):
                name = f'{step}_{branch}_{level}'
                found = forward(dense(feat)).numpy()
                difference = np.abs(found - wanted[name]).max()
                rows.append((name, float(difference), 1e-4))
    meta = dict(img_shape=size, pad_shape=size, scale_factor=(1.0, 1.0))
    found = head.predict_by_feat(*outs, batch_img_metas=[meta])[0]
    found = torch.cat([found.bboxes, found.scores[:, None]], 1).numpy()
    detections = wanted['detections']
    if len(found) != len(detections):
        difference = float(abs(len(found) - len(detections)))
        return [*rows, ('number of detections', difference, 0)]
    found = _same_order_of_ties(found, detections)
    boxes, scores = np.split(np.abs(found - detections), [4], 1)
    return [
        *rows,
        (f'boxes of {len(found)} detections', float(boxes.max(initial=0)), 0.01),
        (f'scores of {len(found)} detections', float(scores.max(initial=0)), 1e-4),
    ]


def _same_order_of_ties(found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Swap neighbours whose scores are within 1e-6 where that brings boxes together."""
    found = found.copy()
    for i in range(len(found) - 1):
        tied = slice(i, i + 1 + int((found[i, 4] - found[i + 1 :, 4] < 1e-6).sum()))
        nearest = i + np.abs(found[tied, :4] - wanted[i, :4]).max(1).argmin()
        found[[i, nearest]] = found[[nearest, i]]
    return found


def _some(state) -> str:
    keys = [str(key) for key in state] if isinstance(state, dict) else []
    return ', '.join(keys[:3] + ['...'] * (len(keys) > 3)) or 'no keys'
