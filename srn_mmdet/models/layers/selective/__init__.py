"""Layers run where somebody looks, and nowhere else.

In SRN the second step looks at few places of the low levels: where the first step left
anchors. What lies between the pyramid's sums and the second step's predictions is
convolutions and what works place by place. From the wanted places backwards, each
convolution's own kernel says which places of its input are needed; those alone are
gathered into rows, layer by layer, and a convolution is a matrix product of them.
"""

from .expressed import Parallel, made_of
from .where import run_where

__all__ = ['Parallel', 'made_of', 'run_where']
