"""What lets mmengine find this package's configs and weights by name.

``_base_ = 'srn_mmdet::srn_r50_widerface.py'`` in a config of another package, and
``srn_mmdet://srn_mnet025`` wherever mmengine takes a checkpoint (load_from,
DetInferencer, init_detector).
"""

import mmengine.config.config
import mmengine.hub.hub
from mmengine.config.utils import MODULE2PACKAGE
from mmengine.runner.checkpoint import CheckpointLoader

from .index import SCHEME, find_model, models
from .weights import weights_of

_get_package_and_cfg_path = mmengine.config.config._get_package_and_cfg_path


def _package_and_config(cfg_path: str) -> tuple[str, str]:
    """mmengine's own wants a folder before the config's name; here there is none."""
    package, _, config = cfg_path.partition('::')
    if package == 'srn_mmdet' and '/' not in config:
        return package, config
    return _get_package_and_cfg_path(cfg_path)


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


# mmengine keeps a closed list of packages
MODULE2PACKAGE.setdefault('srn_mmdet', 'srn_mmdet')
for module in (mmengine.config.config, mmengine.hub.hub):
    module._get_package_and_cfg_path = _package_and_config
CheckpointLoader.register_scheme(SCHEME, load_from_zoo, force=True)
