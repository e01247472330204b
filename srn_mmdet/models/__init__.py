"""Networks: SRN's necks, its two-step heads and what they are made of."""

from . import (
    backbones,
    build_checks,
    dense_heads,
    layers,
    necks,
    task_modules,
    test_time_augs,
)

__all__ = [
    'backbones',
    'build_checks',
    'dense_heads',
    'layers',
    'necks',
    'task_modules',
    'test_time_augs',
]
