"""SRN (Selective Refinement Network, AAAI 2019) for MMDetection 3.x.

Importing the package registers all of it with mmdet.
"""

import warnings

from ._requirements import check_openmmlab
from ._version import __version__

check_openmmlab()
# mmengine's, which nobody who uses it can mend; setuptools is pinned for it
warnings.filterwarnings('ignore', 'pkg_resources is deprecated', UserWarning)

from . import datasets, engine, evaluation, models  # noqa: E402

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models']
