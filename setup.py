"""Metadata is in setup.cfg; this puts what mim looks for into the package.

SRN_MMDET_ZOO=URL, set when the package is built, is where ``mim download`` then finds the
weights; without it, mim says what brings those in the package.
"""

import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

_FOR_MIM = ('configs', 'tools', 'model-index.yml')
#: mim quotes it where it is asked to download what is in the package
_NO_ZOO = 'srn_mmdet://in the package (mim run srn_mmdet download_model MODEL)'


class BuildWithMim(build_py):
    """Copies configs, tools and the model index to srn_mmdet/.mim in the wheel."""

    def run(self) -> None:
        super().run()
        here = Path(__file__).resolve().parent
        target = Path(self.build_lib) / 'srn_mmdet' / '.mim'
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in _FOR_MIM:
            source = here / name
            if source.is_dir():
                skip = shutil.ignore_patterns('__pycache__')
                shutil.copytree(source, target / name, ignore=skip)
            else:
                shutil.copy(source, target / name)
        zoo = os.environ.get('SRN_MMDET_ZOO') or _NO_ZOO
        metafile = target / 'configs' / 'metafile.yml'
        text = metafile.read_text().replace('srn_mmdet://', zoo.rstrip('/') + '/')
        metafile.write_text(text)


setup(cmdclass={'build_py': BuildWithMim})
