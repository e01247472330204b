"""Maps whose last layers are left to who reads them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import Tensor

from .recompute import recomputed


@dataclass(frozen=True)
class DeferredMap:
    """A map, and layers that are still to be run on it.

    Attributes:
        base: (N, C, H, W).
        layers: Modules or methods that keep height and width, to be run in order.
        recompute: In training, keep nothing of the layers but their result, and run
            them again in the backward pass.
    """

    base: Tensor
    layers: tuple[Callable[[Tensor], Tensor], ...] = ()
    recompute: bool = False

    def then(self, layer: Callable[[Tensor], Tensor]) -> 'DeferredMap':
        """This map with one more layer to run."""
        return replace(self, layers=(*self.layers, layer))

    def dense(self) -> Tensor:
        """Run all layers everywhere."""
        if self.recompute:
            return recomputed(self._run, self.base)
        return self._run(self.base)

    def _run(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


def deferred(x: 'Tensor | DeferredMap') -> DeferredMap:
    return x if isinstance(x, DeferredMap) else DeferredMap(x)


def dense(x: 'Tensor | DeferredMap') -> Tensor:
    return x.dense() if isinstance(x, DeferredMap) else x
