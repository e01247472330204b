"""What every benchmark here prints and writes: the machine, a table, JSON."""

import json
import platform
from pathlib import Path

import torch

from srn_mmdet.written_aside import write_file


def machine() -> str:
    """The processor, the threads and torch's version."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path('/proc/cpuinfo')
    if cpuinfo.exists():
        lines = [line.split(':', 1) for line in cpuinfo.read_text().splitlines()]
        models = [line[1].strip() for line in lines if line[0].strip() == 'model name']
        name = models[0] if models else name
    return f'{name}, {torch.get_num_threads()} threads, torch {torch.__version__}'


def report(rows: list[dict], json_file: str | None = None) -> None:
    """Print rows as a table of Markdown; write them to a file.

    Args:
        rows: All with the same keys; numbers are printed to three figures.
        json_file: ``{'machine': ..., 'rows': [...]}`` goes here, in full precision.
    """
    print(machine())
    table = [list(rows[0]), *[[_short(row[key]) for key in rows[0]] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    table.insert(1, ['-' * width for width in widths])
    for line in table:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print('| ' + ' | '.join(cells) + ' |')
    if json_file is not None:
        content = json.dumps(dict(machine=machine(), rows=rows), indent=2)
        write_file(json_file, content + '\n')


def _short(value) -> str:
    if value is None:
        return ''
    if not isinstance(value, float):
        return str(value)
    return f'{value:,.0f}' if abs(value) >= 100 else f'{value:.3g}'
