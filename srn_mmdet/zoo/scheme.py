"""``srn_mmdet://NAME`` wherever mmengine takes a checkpoint.

In load_from, DetInferencer, init_detector, init_cfg: a published model's weights.
"""

from mmengine.runner.checkpoint import CheckpointLoader

from .index import SCHEME, find_model, models
from .weights import weights_of


def file_of(checkpoint: str) -> str:
    """The file that ``srn_mmdet://NAME`` is: a model's name, alias, or its file's name.

    Any other checkpoint is returned as it is.

    Raises:
        OSError, ValueError: There is no such model, or its weights cannot be had.
    """
    if not checkpoint.startswith(SCHEME):
        return checkpoint
    name = checkpoint.removeprefix(SCHEME)
    model = next((each for each in models() if each.file == name), find_model(name))
    if model is None:
        known = ', '.join(each.name for each in models())
        raise ValueError(f'{checkpoint}: no such published model; there are {known}')
    return str(weights_of(model))


def load_from_zoo(filename: str, map_location=None) -> dict:
    """Load ``srn_mmdet://NAME``.

    Raises:
        OSError, ValueError: As :func:`file_of`.
    """
    from ..engine.checkpoint_loading import load_from_local

    return load_from_local(file_of(filename), map_location)


CheckpointLoader.register_scheme(SCHEME, load_from_zoo, force=True)
