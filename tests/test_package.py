import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import srn_mmdet
from srn_mmdet import _requirements

REPO = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    'versions, said',
    [
        ({}, 'needs torch, found none'),
        (dict(torch='2.5.1'), 'needs torch >= 2.6, < 3, found 2.5.1'),
        (dict(torch='2.13.0+cpu'), 'needs mmdet, found none'),
        (dict(torch='2.6', mmdet='2.28.0'), 'needs mmdet >= 3.3, < 4, found 2.28.0'),
        (
            {
                'torch': '2.6',
                'mmdet': '3.3.0',
                'mmengine': '0.10.7',
                'mmcv-lite': '2.1.0',
            },
            'found mmcv-lite',
        ),
        (
            dict(torch='2.6', mmdet='3.3.0', mmengine='0.10.7', mmcv='2.0.0rc4'),
            'needs mmcv >= 2.0.0, < 2.2, found 2.0.0rc4',
        ),
        (
            dict(torch='2.6', mmdet='3.3.0', mmengine='0.10.7', mmcv='2.2.0'),
            'needs mmcv >= 2.0.0, < 2.2, found 2.2.0',
        ),
    ],
)
def test_a_missing_or_wrong_package_is_one_sentence(monkeypatch, versions, said):
    fake(monkeypatch, versions)
    with pytest.raises(ImportError) as error:
        _requirements.check_openmmlab()
    assert said in str(error.value) and 'docs/environment.md' in str(error.value)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize(
    'versions',
    [
        dict(torch='2.13.0+cpu', mmdet='3.3.0', mmengine='0.10.7', mmcv='2.1.0'),
        {
            'torch': '2.13.0',
            'onedl-mmdetection': '3.5.1',
            'onedl-mmengine': '0.10.12',
            'onedl-mmcv': '2.3.6',
        },
    ],
    ids=['openmmlab', 'onedl'],
)
def test_either_stack_is_taken(monkeypatch, versions):
    fake(monkeypatch, versions)
    _requirements.check_openmmlab()


def fake(monkeypatch, versions):
    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(_requirements.metadata, 'version', version)


@pytest.mark.slow
def test_the_wheel_holds_what_mim_looks_for(tmp_path, monkeypatch):
    monkeypatch.delenv('SRN_MMDET_ZOO', raising=False)
    subprocess.run(
        [
            sys.executable,
            '-m',
            'pip',
            'wheel',
            '-q',
            '--no-deps',
            '--no-build-isolation',
        ]
        + ['-w', tmp_path, REPO],
        check=True,
    )
    wheel = zipfile.ZipFile(next(tmp_path.glob('*.whl')))
    names = wheel.namelist()
    for wanted in (
        'srn_mmdet/.mim/configs/srn_r50_widerface.py',
        'srn_mmdet/.mim/configs/_base_/models/srn_r50_fpn.py',
        'srn_mmdet/.mim/configs/_base_/datasets/wider_face_subset_val.txt',
        'srn_mmdet/.mim/tools/train.py',
        'srn_mmdet/.mim/tools/analysis_tools/anchor_stats.py',
        'srn_mmdet/.mim/model-index.yml',
    ):
        assert wanted in names
    assert not [name for name in names if name.startswith(('tests', 'configs'))]
    metafile = wheel.read('srn_mmdet/.mim/configs/metafile.yml').decode()
    assert 'in the package (mim run srn_mmdet download_model MODEL)/srn_' in metafile


def test_the_door_leads_to_what_python_users_call():
    assert {'SRNInferencer', 'look_at_steps', 'base'} < set(srn_mmdet.__all__)
    for name in srn_mmdet.__all__:
        assert getattr(srn_mmdet, name) is not None
    for name in srn_mmdet._DOOR:
        assert getattr(srn_mmdet, name).__name__ == name
        assert name in srn_mmdet.__all__
    with pytest.raises(AttributeError, match="no attribute 'Inferencer'"):
        srn_mmdet.Inferencer  # noqa: B018


@pytest.mark.slow
def test_the_door_is_opened_only_when_asked():
    code = (
        'import sys, srn_mmdet\n'
        'behind = [f"srn_mmdet.{name}" for name in srn_mmdet._DOOR.values()\n'
        '          if not name.startswith("engine")]\n'
        'assert not set(behind) & set(sys.modules), set(behind) & set(sys.modules)\n'
        'from srn_mmdet import SRNInferencer\n'
        'assert "srn_mmdet.apis.inferencer" in sys.modules\n'
    )
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code], check=True, cwd=REPO)
