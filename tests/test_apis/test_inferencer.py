"""The detector for pictures: made weights, so that nothing has to be trained."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmdet.registry import MODELS

from srn_mmdet.apis.faces import find_pictures, main
from srn_mmdet.apis.inferencer import CONFIG, SRNInferencer
from srn_mmdet.apis.published import publish
from srn_mmdet.apis.runner import find_config, load_config


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """Random ones, so biased that some hundred boxes come out."""
    folder = tmp_path_factory.mktemp('weights')
    cfg = load_config(CONFIG)
    cfg.model.backbone.init_cfg = None
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    torch.nn.init.constant_(model.bbox_head.conv_cls.bias, -1)
    for module in model.modules():  # as if trained: batch norm that is no identity
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
    torch.save(dict(state_dict=model.state_dict()), folder / 'made.pth')
    return str(publish(str(folder / 'made.pth'), str(folder / 'm.pth'), half=False))


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 255, (96, 128, 3), np.uint8)


def detector(weights, **kwargs):
    """One look at a picture as it is, unless said otherwise."""
    kwargs = dict(large_side=0, min_side=0) | kwargs
    return SRNInferencer(CONFIG, weights, 'cpu', **kwargs)


def test_detections_are_those_of_mmdets_inferencer(weights, picture, tmp_path):
    from mmdet.apis import inference_detector, init_detector

    rows = detector(weights)(picture)
    model = init_detector(find_config(CONFIG), weights, device='cpu')
    wanted = inference_detector(model, picture).pred_instances
    assert 50 < len(rows) == len(wanted)
    # fused batch norm and channels last: not the same to the bit
    np.testing.assert_allclose(rows[:, 4], wanted.scores, atol=1e-4)
    np.testing.assert_allclose(rows[:20, :4], wanted.bboxes[:20], atol=0.05)
    assert (np.diff(rows[:, 4]) <= 0).all()


def test_a_reduced_picture_gives_boxes_in_its_own_pixels(weights, picture):
    large = cv2.resize(picture, (256, 192), interpolation=cv2.INTER_NEAREST)
    small = detector(weights)(picture)
    found = detector(weights, max_side=128)(large)
    np.testing.assert_allclose(found[:20, :4], 2 * small[:20, :4], atol=0.1)
    whole = detector(weights, max_side=None)(large)
    assert whole.shape != found.shape or not np.allclose(whole, found, atol=1)


@pytest.mark.parametrize('kind', ['box_voting', 'nms'])
def test_score_threshold(weights, picture, tmp_path, kind):
    """Takes from the detections, and leaves those that stay as they are."""
    config = tmp_path / 'config.py'
    config.write_text(
        f"_base_ = ['{find_config(CONFIG)}']\n"
        f"model = dict(test_cfg=dict(nms=dict(type='{kind}')))\n"
    )
    detect = SRNInferencer(str(config), weights, 'cpu', large_side=0, min_side=0)
    rows = detect(picture)
    middle = float(rows[len(rows) // 2, 4])
    kept = detect(picture, middle)
    assert len(kept) > 20
    np.testing.assert_array_equal(kept, rows[rows[:, 4] > middle])
    np.testing.assert_array_equal(detect(picture), rows)


def test_a_picture_may_be_given_as_a_file(weights, picture, tmp_path):
    cv2.imwrite(str(tmp_path / 'a.png'), picture)
    detect = detector(weights)
    np.testing.assert_array_equal(detect(tmp_path / 'a.png'), detect(picture))
    with pytest.raises(FileNotFoundError, match=r'nosuch\.png: no such file'):
        detect(tmp_path / 'nosuch.png')
    (tmp_path / 'b.png').write_bytes(b'no picture')
    with pytest.raises(ValueError, match=r'b\.png: not a picture that can be read'):
        detect(str(tmp_path / 'b.png'))


@pytest.mark.parametrize('shape', [(1, 1, 3), (3, 700, 3), (33, 31, 3)])
def test_pictures_of_any_shape(weights, shape):
    rows = detector(weights)(np.zeros(shape, np.uint8))
    assert rows.shape[1] == 5 and np.isfinite(rows).all()


def test_a_list_is_batched_and_gives_what_one_at_a_time_gives(weights, picture):
    detect = detector(weights)
    pictures = [picture, picture[::-1], picture[:64], picture[:, ::-1]]
    for rows, of_list in zip([detect(p) for p in pictures], detect(pictures)):
        assert 50 < len(rows) == len(of_list)
        np.testing.assert_allclose(of_list[:, 4], rows[:, 4], atol=1e-5)
        np.testing.assert_allclose(of_list[:20, :4], rows[:20, :4], atol=1e-2)


def test_a_device_that_is_not_there_is_one_sentence(weights):
    for device in ('cuda:99', 'nonsense'):
        with pytest.raises(
            ValueError, match=f'device {device}: not to be had here'
        ) as e:
            SRNInferencer(CONFIG, weights, device)
        assert '\n' not in str(e.value)


def test_weights_of_another_network_are_refused(weights):
    with pytest.raises(ValueError, match=r'm-\w+\.pth: not weights of srn_r50'):
        SRNInferencer('srn_r50_widerface.py', weights)
    with pytest.raises(ValueError, match='give its checkpoint'):
        SRNInferencer('srn_r50_widerface.py')


# --- srn-faces


@pytest.fixture
def folder(tmp_path, picture):
    """Two pictures of one name, one that is none, and a text."""
    (tmp_path / 'in' / 'sub').mkdir(parents=True)
    cv2.imwrite(str(tmp_path / 'in' / 'a.png'), picture)
    cv2.imwrite(str(tmp_path / 'in' / 'sub' / 'a.png'), picture[:64])
    (tmp_path / 'in' / 'broken.jpg').write_bytes(b'no picture')
    (tmp_path / 'in' / 'notes.txt').write_text('no picture either')
    return tmp_path


def run(folder, weights, *args):
    main([*args, '--config', CONFIG, '--checkpoint', weights, '--device', 'cpu'])


def test_a_folder_is_searched_and_what_is_unreadable_is_listed(folder, weights, capsys):
    out = folder / 'out'
    with pytest.raises(SystemExit) as end:
        run(folder, weights, str(folder / 'in'), '--out-dir', str(out))
    assert end.value.code == 1
    printed = capsys.readouterr()
    assert 'broken.jpg: not a picture that can be read' in printed.err
    assert 'in 2 pictures' in printed.out
    files = sorted(str(p.relative_to(out)) for p in out.rglob('*') if p.is_file())
    assert files == ['a.png', 'a.png.json', 'sub/a.png', 'sub/a.png.json']
    found = json.loads((out / 'sub' / 'a.png.json').read_text())
    assert (found['width'], found['height']) == (128, 64)
    assert all(len(f['box']) == 4 and f['score'] > 0.5 for f in found['faces'])


def test_two_pictures_of_one_name_do_not_overwrite_each_other(folder):
    given = [str(folder / 'in' / 'a.png'), str(folder / 'in' / 'sub' / 'a.png')]
    pictures, problems = find_pictures(given)
    assert [str(name) for _, name in pictures] == ['a.png', 'a-2.png']
    assert not problems


def test_a_picture_is_not_overwritten_by_its_result(folder, weights, picture, capsys):
    path = folder / 'in' / 'a.png'
    with pytest.raises(SystemExit):
        run(folder, weights, str(path), '--out-dir', str(folder / 'in'))
    assert 'would be overwritten' in capsys.readouterr().err
    np.testing.assert_array_equal(cv2.imread(str(path)), picture)


def test_results_of_an_earlier_run_are_not_searched(folder, monkeypatch):
    monkeypatch.chdir(folder)
    cv2.imwrite(str(folder / 'in' / 'faces.png'), np.zeros((8, 8, 3), np.uint8))
    Path('in/faces').mkdir()
    Path('in/faces/a.png').write_bytes(b'')
    pictures, _ = find_pictures(['in'], 'in/faces')
    assert Path('in/faces/a.png') not in [path for path, _ in pictures]
    assert len(pictures) == 4


@pytest.mark.parametrize(
    'args, message',
    [
        (['nosuch.jpg'], 'nosuch.jpg: no such file or folder'),
        (['.', '--score-thr', '7'], '--score-thr 7.0: wants a number in [0, 1]'),
        (['.', '--max-side', '-1'], '--max-side -1: wants 0 or more'),
    ],
)
def test_bad_calls_are_answered_in_a_line(args, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(args)
    assert message in capsys.readouterr().err
