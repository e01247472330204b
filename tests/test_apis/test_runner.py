import os
import subprocess
import sys
from pathlib import Path

import pytest

from srn_mmdet.apis.runner import find_config, load_config, train

REPO = Path(__file__).resolve().parents[2]
HEADLINE = str(REPO / 'configs' / 'srn_r50_widerface.py')


def run_tool(tool, *args):
    return subprocess.run(
        [sys.executable, '-W', 'ignore', REPO / 'tools' / f'{tool}.py', *args],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(REPO)),
    )


def test_a_packaged_config_is_found_by_its_name():
    assert Path(find_config('srn_r50_widerface.py')).name == 'srn_r50_widerface.py'
    with pytest.raises(FileNotFoundError, match=r'nosuch\.py'):
        find_config('nosuch.py')


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
    cfg = load_config(str(REPO / 'configs' / 'srn_mnet025_1h_widerface-subset.py'))
    cfg.model.backbone.init_cfg.checkpoint = 'nowhere.pth'
    with pytest.raises(
        FileNotFoundError, match=r'nowhere\.pth.*init_cfg\.checkpoint=FILE'
    ):
        train(cfg)


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
        ('image_demo', ['nosuch.jpg', HEADLINE, 'x.pth'], 'nosuch.jpg: no such file'),
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
