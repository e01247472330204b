"""The exported graph gives the detections of the network that it was made from."""

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmdet.apis import inference_detector
from mmdet.registry import MODELS
from PIL import Image

from srn_mmdet.apis.runner import load_config
from srn_mmdet.export import OnnxDetector, export_onnx

pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')
CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
PLAIN = dict(max_side=None, min_side=0, large_side=0)


def made(config: str, std: float, **options):
    """A detector with random weights, whose scores lie on both sides of .01."""
    cfg = load_config(str(CONFIGS / config), cfg_options=options)
    cfg.model.backbone.init_cfg = None
    torch.manual_seed(0)
    model = MODELS.build(cfg.model).eval()
    torch.nn.init.normal_(model.bbox_head.conv_cls.weight, std=std)
    torch.nn.init.constant_(model.bbox_head.conv_cls.bias, -4.6)
    model.cfg = cfg
    return model


def picture(height, width):
    return np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)


def assert_same_detections(model, detector, image):
    wanted = inference_detector(model, image).pred_instances
    wanted = wanted[wanted.scores > 1e-3]  # below, a sigmoid may be 0 or not
    found = detector(image)
    found = found[found[:, 4] > 1e-3]
    assert len(found) == len(wanted) > 20
    np.testing.assert_allclose(found[:, 4], wanted.scores, atol=1e-5)
    np.testing.assert_allclose(found[:20, :4], wanted.bboxes[:20], atol=1e-2)


@pytest.fixture(scope='module')
def light(tmp_path_factory):
    threshold = {'model.test_cfg.stc_score_thr': 0.01}
    model = made(
        'experiments/srn_mnet025_shared_widerface-subset.py', std=40, **threshold
    )
    path = tmp_path_factory.mktemp('onnx') / 'light.onnx'
    return model, path, OnnxDetector(export_onnx(model, path), threads=1, **PLAIN)


@pytest.mark.slow
@pytest.mark.parametrize('size', [(96, 160), (97, 131), (70, 203)])
def test_height_and_width_are_free(light, size):
    """Other sizes than the exported one, also such as are padded."""
    model, _, detector = light
    assert_same_detections(model, detector, picture(*size))


@pytest.mark.slow
def test_stc_drops_anchors_in_the_graph_too(light):
    scores = light[2].session.run(['scores'], {'pictures': _input(picture(96, 160))})
    assert (scores[0] == 0).sum() > 20 and (scores[0] > 0).sum() > 20


@pytest.mark.slow
def test_the_batch_is_free(light):
    """Three images at once give what one at a time gives."""
    session = light[2].session
    images = [picture(64, 96), picture(64, 96)[:, ::-1], picture(64, 96)[::-1]]
    one = [session.run(None, {'pictures': _input(image)}) for image in images]
    together = session.run(
        None, {'pictures': np.concatenate([_input(image) for image in images])}
    )
    for output, number in ((0, 1e-3), (1, 1e-5)):
        wanted = np.concatenate([found[output] for found in one])
        np.testing.assert_allclose(together[output], wanted, atol=number)


@pytest.mark.slow
def test_the_release_keeps_its_own_rules(tmp_path):
    """Rounded anchors, RFE in the towers, NMS with +1, no threshold on small maps."""
    model = made(
        'srn_r50_release_widerface.py',
        std=0.1,
        **{
            'model.backbone.depth': 18,
            'model.neck.0.in_channels': [64, 128, 256, 512],
        },
    )
    detector = OnnxDetector(
        export_onnx(model, tmp_path / 'release.onnx'), threads=1, **PLAIN
    )
    assert_same_detections(model, detector, picture(75, 100))


def test_other_detectors_are_refused(tmp_path):
    with pytest.raises(TypeError, match='Linear: wants a detector whose bbox_head'):
        export_onnx(torch.nn.Linear(1, 1), tmp_path / 'x.onnx')


@pytest.mark.slow
def test_it_can_be_sent_to_another_process(light, tmp_path):
    image = picture(96, 160)
    again = pickle.loads(pickle.dumps(light[2]))
    np.testing.assert_array_equal(again(image), light[2](image))


@pytest.mark.slow
def test_it_takes_what_the_inferencer_takes(light):
    detect, image = light[2], picture(64, 96)
    rows = detect(image)
    png = cv2.imencode('.png', image)[1].tobytes()
    listed = detect([png, image])
    for found in (detect(png), detect(Image.fromarray(image[..., ::-1])), *listed):
        np.testing.assert_allclose(found, rows, atol=1e-3)
    middle = float(rows[5, 4])
    np.testing.assert_array_equal(detect(image, middle), rows[rows[:, 4] > middle])
    with pytest.raises(ValueError, match=r'wants .* got an array \(4,\)'):
        detect(np.zeros(4))


def test_a_file_that_is_no_detector_is_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'a\.onnx: no such file'):
        OnnxDetector(tmp_path / 'a.onnx')
    (tmp_path / 'a.onnx').write_bytes(b'nothing')
    with pytest.raises(ValueError, match=r'a\.onnx: not a detector in ONNX') as error:
        OnnxDetector(tmp_path / 'a.onnx')
    assert '\n' not in str(error.value)


def _input(image):
    return image.transpose(2, 0, 1)[None].astype(np.float32)


@pytest.mark.slow
def test_a_graph_without_its_settings_or_with_nms_inside_says_so(light, tmp_path):
    import onnx

    graph = onnx.load(light[1])
    del graph.metadata_props[:]
    onnx.save(graph, tmp_path / 'bare.onnx')
    with pytest.raises(ValueError, match=r'bare\.onnx: .*its settings.* are gone'):
        OnnxDetector(tmp_path / 'bare.onnx')
    model = made('experiments/srn_mnet025_shared_widerface-subset.py', std=40)
    model.test_cfg.nms = dict(type='nms', iou_threshold=0.4)
    export_onnx(model, tmp_path / 'nms.onnx', with_nms=True)
    with pytest.raises(ValueError, match=r'nms\.onnx: .*NMS inside .*without this'):
        OnnxDetector(tmp_path / 'nms.onnx')
    with pytest.raises(ValueError, match='threads=-1: wants a whole number of 0'):
        OnnxDetector(light[1], -1)
