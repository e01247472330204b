from . import datasets, evaluation, models
