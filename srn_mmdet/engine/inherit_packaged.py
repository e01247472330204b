"""``_base_ = 'srn_mmdet::srn_r50_widerface.py'`` in anybody's config.

mmengine knows ``package::folder/config.py`` of a closed list of packages. Importing
srn_mmdet adds this one, for configs by their path below configs/ or their names alone.
"""

import difflib
from pathlib import Path

import mmdet
from mmengine.config import Config

from .packaged_configs import config_folder, packaged_configs

__all__ = ['base']

_PREFIX = 'srn_mmdet::'
_BASES_OF_MMDET = 'mmdet::_base_/'
_of_mmengine = Config._get_cfg_path


def base(name: str) -> str:
    """Path of a packaged config, to inherit where nothing has imported the package:
    ``_base_ = __import__('srn_mmdet').base('srn_r50_widerface.py')``.

    Args:
        name: Its path below configs/, or its name alone; with or without its ending.

    Raises:
        FileNotFoundError: The package has no such config.
    """
    name = name.removesuffix('.py') + '.py'
    path = config_folder() / name
    if path.is_file():
        return str(path)
    packaged = packaged_configs()
    if name in packaged:
        return packaged[name]
    near = difflib.get_close_matches(name, packaged, n=1)
    hint = f'; the nearest is {near[0]}' if near else ''
    raise FileNotFoundError(f'{name}: the package has no such config{hint}')


def _get_cfg_path(cfg_path: str, filename: str) -> tuple[str, str | None]:
    """Stands in for Config's: the path of a base, and the scope of its classes.

    Raises:
        FileNotFoundError: The package has no such config.
    """
    if cfg_path.startswith(_BASES_OF_MMDET):
        # where mmengine looks as well, once it has read all of mmdet's metafiles in vain
        configs = Path(mmdet.__file__).parent / '.mim' / 'configs'
        path = configs / cfg_path.removeprefix('mmdet::')
        if path.is_file():
            return str(path), 'mmdet'
    if not cfg_path.startswith(_PREFIX):
        return _of_mmengine(cfg_path, filename)
    try:
        return base(cfg_path.removeprefix(_PREFIX)), None
    except FileNotFoundError as error:
        raise FileNotFoundError(f'{filename}: {error}') from None


Config._get_cfg_path = staticmethod(_get_cfg_path)
