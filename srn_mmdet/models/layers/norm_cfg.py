"""Normalisation as configs name it."""

from typing import Any

from mmdet.registry import MODELS

from ...checked_arguments import part


def check_norm_cfg(norm_cfg: Any, name: str) -> None:
    """Refuse what mmcv answers with an empty AssertionError or the name of no type.

    Raises:
        ValueError: It is neither None nor the config of a known layer.
    """
    if norm_cfg is None:
        return
    kind = part(norm_cfg, f'{name}: norm_cfg', "None or dict(type='BN', ...)")['type']
    if isinstance(kind, str) and MODELS.get(kind) is None:
        raise ValueError(f"{name}: norm_cfg={norm_cfg}: there is no layer '{kind}'")
