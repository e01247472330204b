"""Published models: the list, finding one by its name, fetching its weights.

Importing this lets mmengine know the package: ``srn_mmdet::NAME.py`` as the base of a
config, ``srn_mmdet://NAME`` as a checkpoint, wherever one is named.
"""

from . import mmengine_names  # noqa: F401
from .index import PublishedModel, find_model, models
from .weights import ZOO, weights_of

__all__ = ['ZOO', 'PublishedModel', 'find_model', 'models', 'weights_of']
