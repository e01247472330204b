"""Compare the released network here with what the authors' own code gave.

The folder holds the rule that makes a seeded checkpoint in the release's layout
(seeded_checkpoint.py) and the results of the authors' network on it (network_a.npz).
"""

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from srn_mmdet.apis.errors import one_line_errors
from srn_mmdet.apis.release_checkpoint import compare_release, convert_release
from srn_mmdet.apis.runner import load_config


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    args = parser.parse_args()
    script = args.folder / 'seeded_checkpoint.py'
    if not script.is_file():
        sys.exit(f'error: {script}: no such file')
    spec = importlib.util.spec_from_file_location('seeded_checkpoint', script)
    seeded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(seeded)

    wanted = np.load(args.folder / 'network_a.npz')
    seed, shape = int(wanted['seed']), tuple(wanted['input_shape'])
    cfg = load_config('srn_r50_release_widerface.py')
    with tempfile.TemporaryDirectory() as folder:
        release = Path(folder) / 'SRN.pth'
        torch.save(seeded.checkpoint(seed), release)
        converted = convert_release(str(release), cfg)
    rows = compare_release(cfg, converted, seeded.image(seed, shape), wanted)
    for name, difference, limit in rows:
        verdict = '' if difference <= limit else f'  over {limit:g}'
        print(f'{name:28s} {difference:.2e}{verdict}')
    if any(difference > limit for _, difference, limit in rows):
        sys.exit('error: the networks differ')
    print('the networks agree')


if __name__ == '__main__':
    with one_line_errors():
        main()
