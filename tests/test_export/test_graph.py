"""Graphs give what the detector gives, or are refused."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.apis import inference_detector
from mmdet.registry import MODELS

from srn_mmdet.export.graph import DetectorGraph
from srn_mmdet.export.onnx import export_onnx
from srn_mmdet.export.torch_export import export_torch
from tests.test_export.test_onnx import made, picture
from tests.test_models.made import HEAD
from tests.test_models.test_build_checks import SRN, build

onnx = pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')
EXAMPLE = Path(__file__).resolve().parents[2] / 'docs' / 'examples' / 'onnx_faces.py'
SHAPES = [(1, 97, 131), (3, 70, 203), (1, 33, 64)]


def tiny(kind='SRNHead', **head):
    model = build(SRN, dict(HEAD, type=kind, **head))
    model.data_preprocessor = MODELS.build(
        dict(type='DetDataPreprocessor', pad_size_divisor=32)
    )
    return model.eval()


def pictures(number, height, width):
    images = [np.roll(picture(height, width), 9 * i, 1) for i in range(number)]
    return np.stack(images).transpose(0, 3, 1, 2).astype(np.float32)


@pytest.fixture(scope='module')
def light(tmp_path_factory):
    """The light SRN with NMS in its graph, thresholds as in test_onnx.py."""
    settings = {
        'model.test_cfg.stc_score_thr': 0.01,
        'model.test_cfg.nms.type': 'nms',
        'model.test_cfg.nms_pre': 40,  # a level: it has a say
    }
    model = made(
        'experiments/srn_mnet025_shared_widerface-subset.py', std=40, **settings
    )
    path = tmp_path_factory.mktemp('graph') / 'light.onnx'
    return model, export_onnx(model, path, with_nms=True)


def assert_same(model, found, batch):
    for i, image in enumerate(batch):
        wanted = inference_detector(
            model, image.transpose(1, 2, 0).astype(np.uint8)
        ).pred_instances
        rows = found[found[:, 0] == i]
        assert len(rows) == len(wanted) > 20
        np.testing.assert_allclose(rows[:, 5], wanted.scores, atol=1e-5)
        np.testing.assert_allclose(rows[:20, 1:5], wanted.bboxes[:20], atol=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize('shape', SHAPES)
def test_with_nms_the_graph_gives_the_detections(light, shape):
    model, path = light
    batch = pictures(*shape)
    session = onnxruntime.InferenceSession(str(path))
    (found,) = session.run(None, {'pictures': batch})
    assert_same(model, found, batch)


@pytest.mark.slow
def test_openvino_gives_the_same(light):
    openvino = pytest.importorskip('openvino')
    model, path = light
    core = openvino.Core()
    # by itself it takes bfloat16 where the processor has it
    exact = {'INFERENCE_PRECISION_HINT': 'f32'}
    compiled = core.compile_model(core.read_model(str(path)), 'CPU', exact)
    for shape in SHAPES:
        batch = pictures(*shape)
        assert_same(model, compiled(batch)[0], batch)


@pytest.mark.slow
@pytest.mark.parametrize('opset', [18, 23])
@pytest.mark.parametrize('own', [None, dict(depthwise=True)], ids=['shared', 'own'])
def test_without_nms_the_graph_gives_every_anchor(own, opset, tmp_path):
    model = tiny(first_step=own)
    path = export_onnx(model, tmp_path / 'x.onnx', opset)
    assert onnx.load(path).opset_import[0].version == opset
    session, graph = onnxruntime.InferenceSession(str(path)), DetectorGraph(model)
    for shape in SHAPES:
        batch = pictures(*shape)
        with torch.no_grad():
            wanted = graph(torch.from_numpy(batch))
        for mine, theirs in zip(
            session.run(None, {'pictures': batch}), wanted, strict=True
        ):
            np.testing.assert_allclose(mine, theirs, atol=5e-2)  # pixels


@pytest.mark.slow
def test_the_release_keeps_its_rules_with_nms_inside(tmp_path):
    """Rounded anchors, NMS with +1, no threshold on small maps."""
    model = made(
        'srn_r50_release_widerface.py',
        std=0.1,
        **{
            'model.backbone.depth': 18,
            'model.neck.0.in_channels': [64, 128, 256, 512],
        },
    )
    path = export_onnx(model, tmp_path / 'release.onnx', with_nms=True)
    batch = pictures(1, 75, 100)
    session = onnxruntime.InferenceSession(str(path))
    assert_same(model, session.run(None, {'pictures': batch})[0], batch)


@pytest.mark.slow
def test_the_example_imports_neither_mmdet_nor_torch_and_prints_the_faces(
    light, tmp_path
):
    import cv2

    cv2.imwrite(str(tmp_path / 'p.png'), picture(96, 160))
    block = "import sys; sys.modules['torch'] = sys.modules['mmdet'] = None; "
    block += f"sys.argv = ['', {str(light[1])!r}, 'p.png']; "
    block += f'exec(open({str(EXAMPLE)!r}).read())'
    run = subprocess.run(
        [sys.executable, '-c', block], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    wanted = inference_detector(light[0], picture(96, 160)).pred_instances
    assert len(run.stdout.splitlines()) == int((wanted.scores > 0.5).sum()) > 2
    assert (tmp_path / 'faces.jpg').is_file()


def test_the_example_says_that_a_picture_is_none(light, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['', str(light[1]), str(tmp_path / 'no.jpg')])
    with pytest.raises(SystemExit, match=r'no\.jpg: no picture'):
        runpy.run_path(str(EXAMPLE))


@pytest.mark.slow
def test_torch_export_gives_the_same_to_the_bit(tmp_path):
    model = tiny()
    program = torch.export.load(export_torch(model, tmp_path / 'x.pt2')).module()
    graph = DetectorGraph(model)
    for shape in [(1, 161, 331), (3, 257, 203)]:
        batch = torch.from_numpy(pictures(*shape))
        with torch.no_grad():
            for mine, theirs in zip(program(batch), graph(batch), strict=True):
                assert torch.equal(mine, theirs)
    with pytest.raises(AssertionError, match='Guard'):  # as docs/export.md says
        program(torch.from_numpy(pictures(1, 97, 131)))


def refused(model, said, **kwargs):
    with pytest.raises((ValueError, TypeError), match=said):
        export_onnx(model, '/nonexistent/x.onnx', **kwargs)


def test_what_no_graph_can_express_is_refused():
    refused(tiny(num_classes=3), '3 classes')
    softmax = dict(type='CrossEntropyLoss', use_sigmoid=False)
    refused(tiny('TwoStepHead', loss_cls=softmax), 'softmax scores')
    for nms, said in (
        (dict(type='soft_nms', iou_threshold=0.5), "type 'soft_nms'"),
        (dict(type='nms', iou_threshold=0.5, split_thr=100), 'nms with split_thr'),
    ):
        model = tiny()
        model.test_cfg.nms = nms
        refused(model, said)
    model = tiny()
    model.test_cfg.nms.type = 'box_voting'
    refused(model, 'box voting inside the graph', with_nms=True)
    refused(tiny(), 'opset=99', opset=99)
    refused(torch.nn.Linear(1, 1), 'Linear: wants a detector whose bbox_head')
