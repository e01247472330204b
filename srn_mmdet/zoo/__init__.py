"""Published models: the list, finding one by its name, fetching its weights.

Importing this lets mmengine know ``srn_mmdet://NAME`` as a checkpoint.
"""

from .index import PublishedModel, find_model, models
from .scheme import file_of
from .weights import ZOO, weights_of

__all__ = ['ZOO', 'PublishedModel', 'file_of', 'find_model', 'models', 'weights_of']
