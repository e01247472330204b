import os
from pathlib import Path

import pytest
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

import srn_mmdet  # noqa: F401  (registers everything)


@pytest.fixture(scope='session')
def shared() -> Path:
    """Reference data beside the checkout (or $SRN_SHARED), which users do not have."""
    default = Path(__file__).resolve().parents[2] / 'shared'
    path = Path(os.environ.get('SRN_SHARED', default))
    if not path.is_dir():
        pytest.skip(
            f'no reference data at {path}; set SRN_SHARED to use another folder'
        )
    return path


@pytest.fixture(autouse=True)
def mmdet_scope():
    init_default_scope('mmdet')


@pytest.fixture
def log(caplog):
    """caplog for mmengine's logger, which does not propagate to the root."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)
