from . import datasets, models
