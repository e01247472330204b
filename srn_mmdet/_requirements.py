"""Which OpenMMLab packages were found, checked before anything of them is imported."""

from importlib import metadata

from packaging.specifiers import SpecifierSet

#: Module: its distributions (upstream, maintained fork), and the versions of each that
#: work: at least, below.
_NEEDED = {
    'torch': {'torch': ('2.6', '3')},  # loads checkpoints without unpickling
    'mmdet': {'mmdet': ('3.3', '4'), 'onedl-mmdetection': ('3.4', '4')},
    'mmengine': {'mmengine': ('0.10.5', '1'), 'onedl-mmengine': ('0.10.8', '1')},
    'mmcv': {'mmcv': ('2.0.0', '2.2'), 'onedl-mmcv': ('2.3', '3')},
}
_INSTALL = (
    "install torch, then 'mmdet==3.3.0 mmengine==0.10.7 mmcv==2.1.0' or "
    "'onedl-mmdetection==3.5.1 onedl-mmengine==0.10.12 onedl-mmcv==2.3.6' "
    '(see docs/environment.md)'
)


def check_openmmlab() -> None:
    """Raise one clear ImportError where one of them is missing or of a wrong version."""
    for module, distributions in _NEEDED.items():
        found = {}
        for name in distributions:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
        if not found:
            if module == 'mmcv' and _installed('mmcv-lite'):
                raise ImportError(
                    f'srn_mmdet needs mmcv with its compiled operators, found '
                    f'mmcv-lite: {_INSTALL}.'
                )
            raise ImportError(f'srn_mmdet needs {module}, found none: {_INSTALL}.')
        for name, version in found.items():
            low, high = distributions[name]
            wanted = SpecifierSet(f'>={low},<{high}', prereleases=True)
            if version not in wanted:
                raise ImportError(
                    f'srn_mmdet needs {name} >= {low}, < {high}, found {version}: '
                    f'{_INSTALL}.'
                )


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
