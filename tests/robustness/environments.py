"""Makes throw-away environments and says in which of them the package works.

    python tests/robustness/environments.py FOLDER NAME ... [-- ARGUMENT OF PYTEST ...]

Without a NAME it lists them. Each is made by requirements/make_env.sh in FOLDER/NAME
(minutes: mmcv is compiled, once for each Python and torch), gets a copy of the package
and runs its tests, the fast ones where no others are given. Prints a table, and exits 1
where one does not work.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Environment:
    python: str = '3.11'
    torch: str = '2.13.0'
    numpy: str = '>=2'
    stack: str = 'openmmlab'


ENVIRONMENTS = {
    'default': Environment(),
    'numpy1': Environment(numpy='<2'),
    'python310': Environment(python='3.10'),
    'python312': Environment(python='3.12'),
    'oldest': Environment('3.10', '2.6.0', '<2'),
    'newest': Environment('3.12', '2.14.1'),
    'onedl': Environment(stack='onedl'),
    'onedl-python310': Environment(python='3.10', stack='onedl'),
    'onedl-python312': Environment(python='3.12', stack='onedl'),
    'onedl-oldest': Environment('3.10', '2.6.0', '<2', 'onedl'),
    'onedl-newest': Environment('3.12', '2.14.1', stack='onedl'),
}
_VERSIONS = """
import mmcv.ops, mmdet, numpy, srn_mmdet, torch
print(f'torch {torch.__version__}, numpy {numpy.__version__}, mmdet {mmdet.__version__}')
"""


def try_one(folder: Path, wanted: Environment, tests: list[str]) -> str:
    """Make an environment and run the tests in it; what came of it, for the table."""
    python = shutil.which(f'python{wanted.python}')
    if python is None or subprocess.run([python, '-c', '']).returncode:
        return f'not run: no Python {wanted.python}'
    folder.mkdir(parents=True, exist_ok=True)
    pins = folder / 'pins.txt'
    # pyarrow 26 wants numpy 2, and says so when it is imported, not to pip
    pyarrow = 'pyarrow<26\n' if wanted.numpy == '<2' else ''
    pins.write_text(f'numpy{wanted.numpy}\n{pyarrow}')
    variables = dict(
        os.environ,
        PYTHON=python,
        TORCH=os.environ.get('TORCH', f'torch=={wanted.torch}'),
        PIP_CONSTRAINT=str(pins),
        OMP_NUM_THREADS='1',
    )
    venv, log = folder / 'venv', folder / 'log.txt'
    inside = venv / 'bin' / 'python'
    install = ['install', '-q', '--no-build-isolation', '--no-deps', REPO]
    commands = {
        'not made': ['bash', REPO / 'requirements/make_env.sh', venv, wanted.stack],
        'not installed': [inside, '-m', 'pip', *install],
        'imports fail': [inside, '-W', 'ignore', '-c', _VERSIONS],
        'tests fail': [inside, '-W', 'ignore', '-m', 'pytest', *tests],
    }
    with open(log, 'w') as out:
        for failure, command in commands.items():
            run = subprocess.run(
                command, stdout=out, stderr=subprocess.STDOUT, env=variables, cwd=REPO
            )
            if run.returncode:
                return f'{failure}: see {log}'
    said = re.findall(r'^\d+ passed.*', log.read_text(), re.M)
    versions = subprocess.check_output([inside, '-W', 'ignore', '-c', _VERSIONS])
    return f'{said[-1]}; {versions.decode().splitlines()[-1]}'


def main() -> None:
    words = sys.argv[1:]
    at = words.index('--') if '--' in words else len(words)
    (folder, *names), tests = words[:at] or [''], words[at + 1 :]
    if not names or not {*names} <= {*ENVIRONMENTS}:
        sys.exit(f'{__doc__}\nNAME: {", ".join(ENVIRONMENTS)}')
    print('| name | Python | torch | numpy | stack | | minutes |')
    print('| --- | --- | --- | --- | --- | --- | --- |')
    works = True
    for name in names:
        wanted, start = ENVIRONMENTS[name], time.monotonic()
        found = try_one(
            Path(folder).resolve() / name, wanted, tests or ['-m', 'not slow']
        )
        minutes = (time.monotonic() - start) / 60
        works &= ' passed' in found or found.startswith('not run')
        row = wanted.python, wanted.torch, wanted.numpy, wanted.stack, found
        print(f'| {name} | {" | ".join(row)} | {minutes:.0f} |', flush=True)
    sys.exit(not works)


if __name__ == '__main__':
    main()
