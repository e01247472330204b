"""SRN (Selective Refinement Network, AAAI 2019) for MMDetection 3.x.

Importing the package registers all of it with mmdet.
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from ._requirements import check_openmmlab
from ._version import __version__

check_openmmlab()
# mmengine's, which nobody who uses it can mend; setuptools is pinned for it
warnings.filterwarnings('ignore', 'pkg_resources is deprecated', UserWarning)

from . import datasets, engine, evaluation, models, zoo  # noqa: E402

if TYPE_CHECKING:
    from .apis.inferencer import SRNInferencer
    from .apis.steps import look_at_steps
    from .engine.inherit_packaged import base
    from .export import OnnxDetector
    from .inference import read_picture
    from .visualization import draw_detections, draw_steps
    from .visualization.anonymise import anonymise

_DOOR = {
    'OnnxDetector': 'export',
    'SRNInferencer': 'apis.inferencer',
    'anonymise': 'visualization.anonymise',
    'base': 'engine.inherit_packaged',
    'draw_detections': 'visualization',
    'draw_steps': 'visualization',
    'look_at_steps': 'apis.steps',
    'read_picture': 'inference',
}
__all__ = [
    'OnnxDetector',
    'SRNInferencer',
    '__version__',
    'anonymise',
    'base',
    'datasets',
    'draw_detections',
    'draw_steps',
    'engine',
    'evaluation',
    'look_at_steps',
    'models',
    'read_picture',
    'zoo',
]


def __getattr__(name: str):
    # what a Python user calls: imported where it is asked for, as training needs none
    if name not in _DOOR:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'.{_DOOR[name]}', __name__), name)
