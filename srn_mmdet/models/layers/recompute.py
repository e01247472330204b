"""Memory for time: what lies between is computed again in the backward pass."""

from collections.abc import Callable

import torch
from torch.utils.checkpoint import checkpoint


def recomputed(run: Callable, *args):
    """``run(*args)``; what lies between is not kept but run again for the gradients.

    The same numbers at less memory. Not for layers that change as they run (the
    statistics of a batch norm) or that draw random numbers.
    """
    if not torch.is_grad_enabled():
        return run(*args)
    return checkpoint(run, *args, use_reentrant=False, preserve_rng_state=False)
