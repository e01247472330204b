import subprocess
import sys

import pytest
from mmengine.config import Config

from srn_mmdet.engine import inherit_packaged


@pytest.mark.parametrize(
    'base',
    [
        'srn_mmdet::srn_mnet025_widerface.py',
        'srn_mmdet::srn_mnet025_widerface',
        'srn_mmdet::stc_r50_widerface.py',  # from a folder below configs/
        'srn_mmdet::experiments/stc_r50_widerface.py',
    ],
)
def test_a_config_of_ones_own_inherits_a_packaged_one(tmp_path, base):
    path = tmp_path / 'mine.py'
    path.write_text(f"_base_ = '{base}'\ntrain_dataloader = dict(batch_size=2)\n")
    cfg = Config.fromfile(str(path))
    assert cfg.train_dataloader.batch_size == 2
    assert cfg.model.neck[0].type == 'SRNFPN' and cfg.default_scope == 'mmdet'


def test_base_variables_can_be_used(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text(
        "_base_ = ['srn_mmdet::srn_r50_widerface.py']\n"
        'mine = [_base_.load_image]\nother = {{_base_.data_root}}\n'
    )
    cfg = Config.fromfile(str(path))
    assert cfg.mine == [cfg.load_image] and cfg.other == 'data/wider_face/'


def test_an_unknown_name_is_said_with_the_nearest(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = 'srn_mmdet::srn_r50_widerfaces.py'\n")
    with pytest.raises(FileNotFoundError, match=r'nearest is srn_r50_widerface\.py'):
        Config.fromfile(str(path))


def test_other_packages_are_left_to_mmengine(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = 'mmdet::retinanet/retinanet_r50_fpn_1x_coco.py'\n")
    assert Config.fromfile(str(path)).model.type == 'RetinaNet'


def test_bases_of_mmdet_are_those_of_mmengine_without_its_search(monkeypatch):
    args = 'mmdet::_base_/default_runtime.py', 'mine.py'
    found = inherit_packaged._of_mmengine(*args)
    monkeypatch.setattr(inherit_packaged, '_of_mmengine', None)
    assert Config._get_cfg_path(*args) == found


@pytest.mark.slow
def test_where_nothing_imports_the_package_first_an_expression_does(tmp_path):
    """For mmdet's own tools; mmengine evaluates what stands behind ``_base_ =``."""
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = __import__('srn_mmdet').base('srn_r50_widerface.py')\n")
    code = f"from mmengine.config import Config; Config.fromfile('{path}').model"
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code], check=True)
