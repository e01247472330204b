"""The precision-recall curves that come with WIDER FACE's evaluation tool."""

from pathlib import Path

import numpy as np

from ...files.image_names import visible_files
from ...files.mat_file import read_mat, variable
from ..functional.average_precision import average_precision
from ..functional.wider_face import SUBSETS, SubsetResult


def read_published_curves(folder: str | Path) -> dict[str, dict[str, SubsetResult]]:
    """Read ``METHOD/wider_pr_info_METHOD_{easy,medium,hard}_val.mat`` of a folder.

    Some are HDF5 files (Matlab 7.3), for which h5py is wanted.

    Args:
        folder: ``eval_tools/plot/baselines/Val/setting_int`` of the official tool.

    Returns:
        Method -> subset -> its curve; ``num_faces`` is 0, as the files do not say it.

    Raises:
        FileNotFoundError: There is no curve in the folder.
        ImportError: A file wants h5py.
    """
    curves = {}
    for path in visible_files(folder, '*/wider_pr_info_*_val.mat'):
        subset = path.stem.split('_')[-2]
        if subset not in SUBSETS:
            continue
        precision, recall = _read_curve(path)
        result = SubsetResult(
            average_precision(recall, precision), recall, precision, 0
        )
        curves.setdefault(path.parent.name, {})[subset] = result
    if not curves:
        raise FileNotFoundError(
            f'{folder}: no METHOD/wider_pr_info_*_val.mat in it. The curves are in '
            'eval_tools/plot/baselines/Val/setting_int of the official tool'
        )
    return {
        name: {subset: found[subset] for subset in SUBSETS if subset in found}
        for name, found in curves.items()
    }


def _read_curve(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Precision and recall; the official files spell the name 'pr_cruve'."""
    try:
        rows = variable(read_mat(path), 'pr_cruve')
    except NotImplementedError:  # of Matlab 7.3
        try:
            import h5py
        except ImportError:
            raise ImportError(f'{path}: wants h5py (pip install h5py)') from None
        with h5py.File(path) as file:
            rows = np.array(file['pr_cruve']).T
    return rows[:, 0], rows[:, 1]
