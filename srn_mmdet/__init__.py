"""SRN (Selective Refinement Network, AAAI 2019) for MMDetection 3.x.

Importing the package registers all of it with mmdet.
"""

from ._requirements import check_openmmlab
from ._version import __version__

check_openmmlab()

from . import datasets, engine, evaluation, models  # noqa: E402

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models']
