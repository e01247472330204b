"""SRN (Selective Refinement Network, AAAI 2019) for MMDetection 3.x.

Importing the package registers all of it with mmdet.
"""

import warnings
from importlib import import_module

from ._requirements import check_openmmlab
from ._version import __version__

check_openmmlab()
# mmengine's, which nobody who uses it can mend; setuptools is pinned for it
warnings.filterwarnings('ignore', 'pkg_resources is deprecated', UserWarning)

from . import datasets, engine, evaluation, models, zoo  # noqa: E402

_DOOR = {
    'SRNInferencer': 'apis.inferencer',
    'OnnxDetector': 'export',
    'base': 'engine.inherit_packaged',
    'draw_detections': 'visualization',
}
__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models', 'zoo', *_DOOR]


def __getattr__(name: str):
    # what a Python user calls: imported where it is asked for, as training needs none
    if name not in _DOOR:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'.{_DOOR[name]}', __name__), name)
