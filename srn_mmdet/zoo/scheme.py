"""``srn_mmdet://NAME`` wherever mmengine takes a checkpoint.

In load_from, DetInferencer, init_detector, init_cfg: a published model's weights.
"""

from mmengine.runner.checkpoint import CheckpointLoader

from .index import SCHEME, find_model, models
from .weights import weights_of


def load_from_zoo(filename: str, map_location=None) -> dict:
    """Load ``srn_mmdet://NAME``: a model's name, alias, or its file's name.

    Raises:
        OSError, ValueError: There is no such model, or its weights cannot be had.
    """
    from ..engine.checkpoint_loading import load_local_checkpoint

    name = filename.removeprefix(SCHEME)
    model = next((each for each in models() if each.file == name), find_model(name))
    if model is None:
        known = ', '.join(each.name for each in models())
        raise ValueError(f'{filename}: no such published model; there are {known}')
    return load_local_checkpoint(str(weights_of(model)), map_location)


CheckpointLoader.register_scheme(SCHEME, load_from_zoo, force=True)
