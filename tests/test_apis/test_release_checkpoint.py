"""The authors' released network.

authors_network_seed_11.json holds numbers that the authors' own code gave for
seeded weights and a seeded image: five places of each map, and detections.
"""

import json
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.registry import MODELS

from srn_mmdet.apis.release_checkpoint import (
    compare_release,
    convert_release,
    convert_state_dict,
    rename,
)
from srn_mmdet.apis.runner import load_config
from srn_mmdet.models.layers import dense

REPO = Path(__file__).resolve().parents[2]
GOLDEN = REPO / 'tests' / 'test_apis' / 'authors_network_seed_11.json'
NAMES = {  # release: here
    'conv1.weight': 'backbone.conv1.weight',
    'layer3.5.bn2.running_var': 'backbone.layer3.5.bn2.running_var',
    'layer1.0.downsample.1.bias': 'backbone.layer1.0.downsample.1.bias',
    'layer5.bias': 'neck.0.first_downsamples.0.bias',
    'layer6.weight': 'neck.0.first_downsamples.1.weight',
    'c2_conv.weight': 'neck.0.first_laterals.0.weight',
    'c7_conv.bias': 'neck.0.first_laterals.5.bias',
    'c5_lateral.weight': 'neck.0.lateral_convs.3.conv.weight',
    'p7_conv.bias': 'neck.0.fpn_convs.5.conv.bias',
    'cls_subnet.0.weight': 'bbox_head.cls_tower.conv0.conv.weight',
    'box_subnet.3.bias': 'bbox_head.reg_tower.conv1.conv.bias',
    'cls_subnet.2.branch1.2.weight': 'bbox_head.cls_tower.rfe.branches.1.1.conv.weight',
    'box_subnet.2.branch3.4.bias': 'bbox_head.reg_tower.rfe.branches.3.2.conv.bias',
    'cls_subnet.2.cated_conv.0.bias': 'bbox_head.cls_tower.rfe.fuse.0.conv.bias',
    'cls_subnet_pred.weight': 'bbox_head.conv_cls.weight',
    'box_subnet_pred.bias': 'bbox_head.conv_reg.bias',
}


@pytest.fixture(scope='module')
def cfg():
    return load_config(REPO / 'configs' / 'srn_r50_release_widerface.py')


def to_release(name):
    """The release's name of a parameter here, written the other way round."""
    parts = name.split('.')
    if parts[0] == 'backbone':
        return '.'.join(parts[1:])
    if parts[0] == 'neck':
        kind, index = parts[2], int(parts[3])
        stem = dict(
            first_downsamples=f'layer{index + 5}',
            first_laterals=f'c{index + 2}_conv',
            lateral_convs=f'c{index + 2}_lateral',
            fpn_convs=f'p{index + 2}_conv',
        )[kind]
        return f'{stem}.{parts[-1]}'
    branch = 'cls' if 'cls' in parts[1] else 'box'
    if parts[1].startswith('conv_'):
        return f'{branch}_subnet_pred.{parts[-1]}'
    inner = '.'.join(parts[2:-1])
    if 'branches' in inner:
        stem = f'2.branch{parts[4]}.{int(parts[5]) * 2}'
    else:
        stem = {
            'conv0.conv': '0',
            'conv1.conv': '3',
            'rfe.fuse.0.conv': '2.cated_conv.0',
        }[inner]
    return f'{branch}_subnet.{stem}.{parts[-1]}'


def seeded(key, shape, seed=11):
    """The rule by which the authors' network was given its values."""
    rng = np.random.default_rng(zlib.crc32(key.encode()) + seed)
    noise = rng.standard_normal(shape).astype(np.float32)
    if key.endswith('running_var'):
        return 1 + 0.1 * np.abs(noise)
    if key.endswith('running_mean'):
        return 0.1 * noise
    if len(shape) == 4:
        scale = {'box_subnet_pred.weight': 0.02, 'cls_subnet_pred.weight': 0.5}
        he = np.float32(np.sqrt(2 / np.prod(shape[1:])))
        return noise * he * np.float32(scale.get(key, 1))
    if key.endswith('weight'):
        return (1 + 0.1 * noise) * np.float32(0.2 if '.bn3.' in key else 1)
    return 0.05 * noise - np.float32(5 if key == 'cls_subnet_pred.bias' else 0)


@pytest.fixture(scope='module')
def release(cfg):
    """A state dict in the release's layout."""
    cfg.model.backbone.init_cfg = None
    with torch.device('meta'):
        state = MODELS.build(cfg.model).state_dict()
    return {
        'module.' + to_release(name): torch.from_numpy(
            seeded(to_release(name), tuple(value.shape))
        )
        for name, value in state.items()
        if not name.endswith('num_batches_tracked')
    }


@pytest.mark.parametrize('key', NAMES)
def test_names(key):
    assert rename('module.' + key) == rename(key) == NAMES[key]


@pytest.mark.parametrize(
    'key', ['fc.weight', 'cls_subnet.7.weight', 'epoch', 'c2_convX']
)
def test_what_is_no_parameter_of_the_release_has_no_name(key):
    assert rename(key) is None


@pytest.mark.slow
def test_maps_and_detections_are_those_of_the_authors_code(cfg, release, tmp_path):
    torch.save(dict(state_dict=release, epoch=130), tmp_path / 'SRN.pth')
    converted = convert_release(str(tmp_path / 'SRN.pth'), cfg)
    assert converted['meta']['dataset_meta']['classes'] == ('face',)

    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(converted['state_dict'], strict=True)
    noise = np.random.default_rng(12).standard_normal((1, 3, 160, 224))
    with torch.no_grad():
        feats = model.extract_feat(torch.from_numpy(noise.astype(np.float32)))
        head = model.bbox_head
        outs = head(feats)
        golden = json.loads(GOLDEN.read_text())
        for step, maps in (('first', feats[6:]), ('second', feats[:6])):
            for branch, run in (('cls', head.forward_cls), ('reg', head.forward_reg)):
                for level, feat in enumerate(maps):
                    index, values = zip(
                        *golden[f'{step}_{branch}_{level}'], strict=True
                    )
                    found = run(dense(feat)).flatten()[list(map(int, index))]
                    np.testing.assert_allclose(found, values, rtol=0, atol=1e-4)
        meta = dict(img_shape=(160, 224), pad_shape=(160, 224), scale_factor=(1.0, 1.0))
        found = head.predict_by_feat(*outs, batch_img_metas=[meta])[0]
    assert len(found) == golden['num_detections']
    wanted = np.array([*golden['detections'], golden['last']])
    index = [*range(len(golden['detections'])), -1]
    np.testing.assert_allclose(found.bboxes[index], wanted[:, :4], rtol=0, atol=0.01)
    np.testing.assert_allclose(found.scores[index], wanted[:, 4], rtol=0, atol=1e-4)


@pytest.mark.slow
def test_all_numbers_of_the_reference_data(shared, cfg, release, tmp_path):
    """All maps, all detections: what docs/authors_network.md has a command for."""
    wanted = np.load(shared / 'authors_network' / 'network_a.npz')
    torch.save(dict(state_dict=release), tmp_path / 'SRN.pth')
    noise = np.random.default_rng(12).standard_normal((1, 3, 160, 224))
    image = torch.from_numpy(noise.astype(np.float32))
    converted = convert_release(str(tmp_path / 'SRN.pth'), cfg)
    rows = compare_release(cfg, converted, image, wanted)
    assert len(rows) == 26
    assert [row for row in rows if row[1] > row[2]] == []


def test_compare_notices_a_wrong_network(cfg, release, tmp_path):
    """The same comparison with one bias moved by .01."""
    torch.save(dict(state_dict=release), tmp_path / 'SRN.pth')
    converted = convert_release(str(tmp_path / 'SRN.pth'), cfg)
    image = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(converted['state_dict'])
    head, wanted = model.bbox_head, {}
    with torch.no_grad():
        feats = model.extract_feat(image)
        for step, maps in (('first', feats[6:]), ('second', feats[:6])):
            for level, feat in enumerate(maps):
                wanted[f'{step}_cls_{level}'] = head.forward_cls(dense(feat)).numpy()
                wanted[f'{step}_reg_{level}'] = head.forward_reg(dense(feat)).numpy()
    wanted['detections'] = np.zeros((0, 5))
    converted['state_dict']['neck.0.fpn_convs.0.conv.bias'] += 0.01
    rows = compare_release(cfg, converted, image, wanted)
    assert {name for name, difference, limit in rows if difference > limit} >= {
        'second_cls_0',
        'number of detections',
    }
    assert all(diff == 0 for name, diff, _ in rows if name.startswith('first'))


def test_missing_left_over_and_misshapen_are_all_listed():
    shapes = {NAMES[key]: torch.Size([2, 3]) for key in ('conv1.weight', 'layer5.bias')}
    state = {
        'module.conv1.weight': torch.zeros(3, 2),
        'module.layer6.weight': torch.zeros(1),
    }
    with pytest.raises(ValueError) as error:
        convert_state_dict(state, shapes)
    assert str(error.value).splitlines() == [
        '3 problems',
        '  another shape: module.conv1.weight is (3, 2), wanted (2, 3)',
        '  left over: module.layer6.weight',
        '  missing: neck.0.first_downsamples.0.bias',
    ]


def test_a_parameter_given_twice_is_told():
    key, value = 'conv1.weight', torch.zeros(2, 3)
    shapes = {NAMES[key]: value.shape}
    with pytest.raises(ValueError, match=r'twice, .*: conv1\.weight'):
        convert_state_dict({'module.' + key: value, key: value}, shapes)


def test_keys_that_are_no_names_are_left_over():
    with pytest.raises(ValueError, match='left over: 7'):
        convert_state_dict({7: torch.zeros(1)}, {})


@pytest.mark.parametrize(
    'content',
    [
        dict(state_dict={'stem.weight': torch.zeros(1)}),
        dict(a=1),
        {},
        dict(state_dict=None),
        torch.zeros(3),
        [1, 2],
    ],
)
def test_another_network_is_told_in_a_sentence(content, cfg, tmp_path):
    torch.save(content, tmp_path / 'other.pth')
    with pytest.raises(
        ValueError, match=r"other\.pth: not (the authors'|a checkpoint)"
    ):
        convert_release(str(tmp_path / 'other.pth'), cfg)


def test_the_tool_names_the_file_and_leaves_nothing_behind(tmp_path):
    (tmp_path / 'SRN.pth').write_bytes(b'not a checkpoint')
    done = subprocess.run(
        [
            *(sys.executable, '-W', 'ignore'),
            REPO / 'tools' / 'model_converters' / 'convert_release.py',
            *(tmp_path / 'SRN.pth', tmp_path / 'out.pth'),
        ],
        capture_output=True,
        text=True,
        cwd=REPO,
        env={'PYTHONPATH': str(REPO), 'PATH': ''},
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f'error: {tmp_path}/SRN.pth: not loaded')
    assert [p.name for p in tmp_path.iterdir()] == ['SRN.pth']
