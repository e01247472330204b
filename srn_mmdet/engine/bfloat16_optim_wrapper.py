"""Mixed precision where there is no GPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmdet.registry import OPTIM_WRAPPERS
from mmengine.device import get_device
from mmengine.optim import OptimWrapper
from torch import nn


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Forward passes under bfloat16 autocast, on any device.

    mmengine's AmpOptimWrapper refuses CPUs. bfloat16 has float32's range, so there is no
    loss scale. Arguments are OptimWrapper's.
    """

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        with (
            super().optim_context(model),
            torch.autocast(get_device(), torch.bfloat16),
        ):
            yield
