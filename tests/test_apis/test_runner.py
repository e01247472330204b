import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmdet.registry import HOOKS, LOOPS
from mmdet.structures import DetDataSample
from mmengine.config import ConfigDict

from srn_mmdet.apis import runner
from srn_mmdet.apis.published import packaged_weights
from srn_mmdet.apis.runner import find_config, load_config, train
from srn_mmdet.apis.runner import test as run_test

REPO = Path(__file__).resolve().parents[2]
HEADLINE = str(REPO / 'configs' / 'srn_r50_widerface.py')
LIGHT = packaged_weights('srn_mnet025')
PICTURE = REPO / 'docs' / 'images' / 'srn_faces.jpg'


def run_tool(tool, *args):
    return subprocess.run(
        [sys.executable, '-W', 'ignore', REPO / 'tools' / f'{tool}.py', *args],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(REPO)),
    )


def test_a_packaged_config_is_found_by_its_name():
    assert Path(find_config('srn_r50_widerface.py')).name == 'srn_r50_widerface.py'
    assert find_config('srn_r50_widerface') == find_config('srn_r50_widerface.py')
    with pytest.raises(FileNotFoundError, match=r'nosuch\.py'):
        find_config('nosuch.py')
    with pytest.raises(FileNotFoundError, match=r'nearest is srn_r50_widerface\.py'):
        find_config('srn_r50_widerfaces.py')


@pytest.mark.parametrize('folder', ['/nowhere/configs', 'nowhere', '.'])
def test_a_path_that_does_not_exist_is_never_a_packaged_config(
    folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=f'{folder}/srn_r50.*by their names'):
        find_config(f'{folder}/srn_r50_widerface.py')
    (tmp_path / 'folder').mkdir()
    with pytest.raises(FileNotFoundError, match='folder: a folder, not a config'):
        find_config('folder')


def test_data_root_replaces_the_configs_everywhere():
    cfg = load_config(HEADLINE, data_root='/elsewhere')
    assert cfg.train_dataloader.dataset.data_root == '/elsewhere/'
    assert cfg.test_dataloader.dataset.data_root == '/elsewhere/'
    assert cfg.val_evaluator.ground_truth == '/elsewhere/eval_tools/ground_truth'
    assert 'data/wider_face' not in cfg.pretty_text


def test_single_options_have_the_last_word():
    options = {
        'train_dataloader.dataset.data_root': 'c/',
        'optim_wrapper.optimizer.lr': 1,
    }
    cfg = load_config(HEADLINE, 'w', '/b', options)
    assert cfg.train_dataloader.dataset.data_root == 'c/'
    assert (cfg.optim_wrapper.optimizer.lr, cfg.work_dir) == (1, 'w')


def test_missing_backbone_weights_are_said_before_anything_is_built():
    cfg = load_config(
        str(REPO / 'configs' / 'experiments/srn_mnet025_1h_widerface-subset.py')
    )
    cfg.model.backbone.init_cfg.checkpoint = 'nowhere.pth'
    with pytest.raises(
        FileNotFoundError, match=r'nowhere\.pth.*init_cfg\.checkpoint=FILE'
    ):
        train(cfg)


def test_resuming_where_nothing_was_saved_starts_as_the_config_says(
    monkeypatch, tmp_path
):
    """From load_from, which a checkpoint of this training then takes the place of."""
    for name in ('first', 'last'):
        (tmp_path / f'{name}.pth').touch()
    built = []
    monkeypatch.setattr(
        runner, '_build', lambda cfg: built.append(cfg) or SimpleNamespace(train=int)
    )

    def start(resume):
        cfg = load_config(HEADLINE, str(tmp_path))
        cfg.load_from = str(tmp_path / 'first.pth')
        train(cfg, resume=resume)
        return built[-1].load_from, built[-1].get('resume', False)

    assert start('auto') == (str(tmp_path / 'first.pth'), False)
    (tmp_path / 'last_checkpoint').write_text(str(tmp_path / 'last.pth'))
    assert start('auto') == (str(tmp_path / 'last.pth'), True)
    assert start(None) == (str(tmp_path / 'first.pth'), False)
    with pytest.raises(FileNotFoundError, match=r'nosuch\.pth: no such checkpoint'):
        start('nosuch.pth')
    (tmp_path / 'first.pth').unlink()
    with pytest.raises(FileNotFoundError, match=r'first\.pth: no such checkpoint'):
        start(None)


def test_amp_and_channels_last_at_test_time(monkeypatch, tmp_path):
    """What --amp and --channels-last of tools/test.py set; nothing without them."""
    checkpoint = tmp_path / 'a.pth'
    checkpoint.touch()
    configs = []
    monkeypatch.setattr(
        runner,
        '_build',
        lambda cfg: configs.append(cfg) or type('Fake', (), dict(test=dict)),
    )
    for options in (dict(), dict(amp=True, channels_last=True)):
        runner.test(load_config(HEADLINE), str(checkpoint), **options)
    plain, fast = configs
    assert 'fp16' not in plain.test_cfg and fast.test_cfg.fp16
    hooks = [[hook['type'] for hook in cfg.custom_hooks] for cfg in configs]
    assert hooks[1] == [*hooks[0], 'ChannelsLastHook']


def test_the_test_loop_then_computes_in_bfloat16_with_channels_last():
    seen = []

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 4, 3)

        def test_step(self, data):
            seen.append(self.conv(data))
            return [DetDataSample()]

    model = Model()
    fake = ConfigDict(model=model, call_hook=lambda *args, **kwargs: None)
    HOOKS.build(dict(type='ChannelsLastHook')).before_run(fake)
    loader = torch.utils.data.DataLoader([torch.randn(3, 8, 8)])
    evaluator = type('Evaluator', (), dict(process=lambda *args, **kwargs: None))()
    loop = LOOPS.build(
        dict(
            type='TestLoop',
            runner=fake,
            dataloader=loader,
            evaluator=evaluator,
            fp16=True,
        )
    )
    loop.run_iter(0, torch.randn(1, 3, 8, 8))
    assert seen[0].dtype == torch.bfloat16
    assert seen[0].is_contiguous(memory_format=torch.channels_last)


def test_fusing_at_test_time_leaves_no_hook_that_exchanges_parameters(
    monkeypatch, tmp_path
):
    checkpoint = tmp_path / 'a.pth'
    checkpoint.touch()
    seen = []
    fake = type('Fake', (), dict(test=dict))
    monkeypatch.setattr(runner, '_build', lambda cfg: seen.append(cfg) or fake)
    cfg = load_config('srn_mnet025_widerface.py')
    assert 'EMAHook' in [hook.type for hook in cfg.custom_hooks]
    runner.test(cfg, str(checkpoint), fuse=True)
    hooks = [hook['type'] for hook in seen[0].custom_hooks]
    assert 'EMAHook' not in hooks and hooks[-1] == 'FuseConvBNHook'


def test_views_of_a_multi_scale_test_are_of_one_image_at_a_time(monkeypatch, tmp_path):
    checkpoint = tmp_path / 'a.pth'
    checkpoint.touch()
    fake = type('Fake', (), dict(test=dict))
    monkeypatch.setattr(runner, '_build', lambda cfg: fake)
    batch = {'test_dataloader.batch_size': 4}
    cfg = load_config('srn_r50_widerface.py', cfg_options=batch)
    runner.test(cfg, str(checkpoint), tta=True)
    assert cfg.test_dataloader.batch_size == 1
    assert cfg.model.type == 'BoxVotingTTAModel'


def test_fused_batch_norm_computes_the_same():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    model(torch.randn(8, 3, 9, 9))  # statistics that are no identity
    model.eval()
    image = torch.randn(1, 3, 9, 9)
    wanted = model(image)
    HOOKS.build(dict(type='FuseConvBNHook')).before_test(ConfigDict(model=model))
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in model.modules())
    assert torch.allclose(model(image), wanted, atol=1e-6)


def test_the_test_split_is_that_of_wider_face(tmp_path):
    (tmp_path / 'x.pth').touch()
    cfg = load_config('srn_r50_fddb.py')
    with pytest.raises(ValueError, match='--split test .* the config tests on FDDB'):
        run_test(cfg, str(tmp_path / 'x.pth'), split='test')


@pytest.mark.slow
@pytest.mark.parametrize(
    'tool, args, said',
    [
        ('train', ['nosuch.py'], 'nosuch.py: no such config'),
        (
            'train',
            [
                HEADLINE,
                '--data-root',
                'nowhere',
                '--cfg-options',
                'model.backbone.init_cfg=None',
            ],
            'WIDER_train.zip',
        ),
        (
            'train',
            [
                HEADLINE,
                '--launcher',
                'pytorch',
                '--cfg-options',
                'model.backbone.init_cfg=None',
            ],
            'call it by torchrun',
        ),
        ('test', [HEADLINE, 'nosuch.pth'], 'nosuch.pth: no such checkpoint'),
        ('image_demo', ['nosuch.jpg', 'light'], 'nosuch.jpg: no such file'),
        ('image_demo', [PICTURE, HEADLINE, LIGHT], 'not the weights of'),
        ('export_onnx', ['a.tflite'], 'a.tflite: wants a name that ends in .onnx'),
    ],
)
def test_tools_end_bad_input_with_one_line(tool, args, said):
    run = run_tool(tool, *args)
    assert run.returncode == 1
    assert said in run.stderr and 'Traceback' not in run.stderr


@pytest.mark.slow
@pytest.mark.parametrize('option', ['--local_rank=0', '--local-rank=0'])
def test_both_spellings_of_the_local_rank_are_taken(option):
    run = run_tool('train', 'nosuch.py', option)
    assert 'nosuch.py: no such config' in run.stderr
