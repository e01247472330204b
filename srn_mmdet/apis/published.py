"""Checkpoints as they are published: small, and named after their content."""

import hashlib
import io
import json
import re
from pathlib import Path

import torch

from srn_mmdet._version import __version__
from srn_mmdet.engine.checkpoint_loading import load_from_local, named_digest
from srn_mmdet.written_aside import write_file

from .runner import load_config

WEIGHTS = Path(__file__).resolve().parents[1] / 'weights'


def publish(
    checkpoint: str, out: str, half: bool = True, config: str | None = None
) -> Path:
    """Write a training checkpoint for others: weights and what they need, nothing else.

    Optimiser, log and, where weights were averaged, the unaveraged ones are left out.

    Args:
        checkpoint: As training wrote it.
        out: Name of the file to write; the first eight digits of the content's SHA-256
            are put before its ending.
        half: Store the weights in half precision; what each channel has but one of
            (biases, batch norm's statistics, whose range is wider) stays float32.
        config: Of the detector, path or name of a packaged one; its text goes into the
            file in the place of the training's, which holds the paths of its machine.

    Returns:
        The file that was written.

    Raises:
        FileNotFoundError, ValueError: There is no such checkpoint, there is something
            else in it or weights of another network than the config's, or its numbers
            are not finite, or not once they are halved.
    """
    path = Path(out)
    if path.suffix != '.pth':
        raise ValueError(f'{out}: wants the name of a file that ends in .pth')
    loaded = load_from_local(checkpoint, map_location='cpu')
    if 'state_dict' not in loaded:
        raise ValueError(f'{checkpoint}: no state_dict in it')
    if config is not None:
        from .inferencer import load_detector

        load_detector(config, checkpoint)  # says where it is of another network
    meta = loaded.get('meta', {})
    text = meta.get('cfg', '') if config is None else load_config(config).pretty_text
    state = {
        key: value.half() if half and value.ndim > 1 else value
        for key, value in _finite(loaded['state_dict'], checkpoint).items()
    }
    if half:
        _finite(state, f'{checkpoint} in half precision (--float32 keeps it whole)')
    content = dict(
        meta=dict(
            cfg=text,
            dataset_meta=meta.get('dataset_meta')
            or dict(classes=('face',), palette=[(0, 255, 0)]),
            epoch=meta.get('epoch'),
            srn_mmdet_version=__version__,
        ),
        state_dict=state,
    )
    data = io.BytesIO()
    torch.save(content, data)
    digest = hashlib.sha256(data.getvalue()).hexdigest()[:8]
    final = path.with_name(f'{path.stem}-{digest}{path.suffix}')
    write_file(final, data.getvalue())
    return final


def _finite(state: dict, name: str) -> dict:
    """The weights, where they are some and numbers."""
    if not state or not all(torch.is_tensor(value) for value in state.values()):
        raise ValueError(f'{name}: no weights in its state_dict')
    wrong = [key for key, value in state.items() if not value.isfinite().all()]
    if wrong:
        raise ValueError(f'{name}: NaN or infinite numbers in {wrong[0]}')
    return state


def to_safetensors(checkpoint: str | Path) -> Path:
    """Write a published checkpoint in the format of safetensors, beside itself.

    Its ``meta`` is JSON in the file's metadata. Wants the package safetensors.
    """
    save = _safetensors().torch.save
    loaded = load_published(checkpoint)
    tensors = {key: value.contiguous() for key, value in loaded['state_dict'].items()}
    meta = dict(format='pt', meta=json.dumps(loaded['meta']))
    data, path = save(tensors, meta), Path(checkpoint)
    name = re.sub(r'-[0-9a-f]{8}$', '', path.stem)
    digest = hashlib.sha256(data).hexdigest()[:8]
    final = path.with_name(f'{name}-{digest}.safetensors')
    write_file(final, data)
    return final


def _read_safetensors(path: Path) -> dict:
    safe_open = _safetensors().safe_open
    try:
        with safe_open(path, framework='pt') as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            meta = json.loads((file.metadata() or {}).get('meta', '{}'))
    except Exception as error:  # whatever bytes that are none lead to
        raise ValueError(f'{path}: no file of safetensors: {error}') from None
    return dict(meta=meta, state_dict=state)


def _safetensors():
    try:
        import safetensors
        import safetensors.torch
    except ImportError:
        raise ImportError('wants safetensors: pip install safetensors') from None
    return safetensors


def load_published(path: str | Path) -> dict:
    """Load a checkpoint; if its name has a digest, the content must have it, too.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The content is not what the name says, or no checkpoint.
    """
    path = Path(path)
    named = named_digest(path.name)
    if named and path.is_file() and _digest(path) != named[:8]:
        raise ValueError(
            f'{path}: is damaged or was changed: its SHA-256 begins with '
            f'{_digest(path)}, not {named[:8]} as its name says'
        )
    if path.suffix == '.safetensors' and path.is_file():
        return _read_safetensors(path)
    return load_from_local(str(path), map_location='cpu')


def packaged_weights(name: str) -> Path:
    """The weights of this name that come with the package.

    Raises:
        FileNotFoundError: There are none.
    """
    found = sorted(WEIGHTS.glob(f'{name}-????????.pth'))
    if not found:
        raise FileNotFoundError(f'{WEIGHTS}: no weights of {name} in it')
    return found[-1]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]
