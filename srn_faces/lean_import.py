"""Importing the detector without what finding faces never calls.

mmdet and mmengine import Matplotlib, SciPy and PyTorch's sharded training for a few
plots, metrics and trainings: a third of the time to the first picture. In the process of
srn-faces, which is nobody else's, these are imported where something of them is used.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

#: packages, with all below them
_SELDOM = (
    'matplotlib',
    'scipy',
    'seaborn',
    'torch.distributed.fsdp',
    'torch.distributed.optim',
)
#: environment variable: import the whole of everything
WHOLE = 'SRN_FACES_WHOLE_IMPORT'


@contextmanager
def lean_import() -> Iterator[None]:
    """Within it a program imports mmdet, and what is built on it, for the first time.

    Where that fails the program is begun anew without this: versions and packages that
    this was not tried with may do more with a name, as they are imported, than keep it.
    """
    if WHOLE in os.environ:
        yield
        return
    gc.disable()  # all that is imported stays: there is no garbage to be found in it
    try:
        import torch  # noqa: F401  before, as what it imports itself it also uses

        with _Finder():
            yield
    except Exception:
        os.execve(sys.executable, sys.orig_argv, os.environ | {WHOLE: '1'})
    finally:
        gc.freeze()
        gc.enable()


class _Finder:
    """Within it, imports find a stand-in for each module that is seldom used."""

    def __enter__(self) -> None:
        self.made: list[ModuleType] = []
        sys.meta_path.insert(0, self)

    def __exit__(self, *_) -> None:
        sys.meta_path.remove(self)
        for module in self.made:
            parent, _, name = module.__name__.rpartition('.')
            del sys.modules[module.__name__]
            if parent in sys.modules:
                delattr(sys.modules[parent], name)

    def find_spec(self, name: str, path=None, target=None) -> ModuleSpec | None:
        if any(f'{name}.'.startswith(f'{seldom}.') for seldom in _SELDOM):
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        self.made.append(module)


class _StandIn(ModuleType):
    """A module: its names can be imported from it now, and are looked up later."""

    def __getattr__(self, name: str):
        if name.startswith('__'):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            return _Name(self, name)
        return getattr(import_module(self.__name__), name)


class _Name:
    """A name of such a module, looked up where it is used; as a base class: object."""

    def __init__(self, module: _StandIn, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, *args, **kwargs):
        return getattr(self._module, self._name)(*args, **kwargs)

    def __getattr__(self, name: str):
        if name.startswith('__'):
            raise AttributeError(name)
        return getattr(getattr(self._module, self._name), name)

    def __mro_entries__(self, bases: tuple) -> tuple:
        return ()
