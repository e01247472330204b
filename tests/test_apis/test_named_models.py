"""A model by its name, an alias, its config's name or path."""

import pytest
from mmdet.apis import init_detector

from srn_faces.command import main
from srn_mmdet.apis.inferencer import load_detector
from srn_mmdet.apis.named_models import resolve
from srn_mmdet.zoo import find_model, models

LIGHT = models()[0]


@pytest.mark.parametrize(
    'name',
    [
        LIGHT.name,
        LIGHT.name.upper(),
        LIGHT.aliases[0],
        LIGHT.config.stem,
        LIGHT.config.name,
        str(LIGHT.config),
    ],
)
def test_every_name_of_a_published_model_means_it(name):
    config, weights = resolve(name)
    assert config == str(LIGHT.config) and weights.endswith(LIGHT.file)
    assert resolve(name, 'mine.pth') == (str(LIGHT.config), 'mine.pth')


def test_a_config_without_published_weights_says_what_to_train():
    with pytest.raises(ValueError, match=r'train srn_mmdet srn_r50_widerface\.py\)'):
        resolve('srn_r50_widerface')
    assert resolve('srn_r50_widerface.py', 'w.pth')[1] == 'w.pth'


def test_a_checkpoint_may_be_a_published_one_by_name():
    config, weights = resolve('srn_mnet025_own-coco', f'srn_mmdet://{LIGHT.name}')
    assert config.endswith('own-coco.py') and weights.endswith(LIGHT.file)
    with pytest.raises(ValueError, match='srn_mmdet://nosuch: no such published model'):
        resolve('srn_r50_widerface', 'srn_mmdet://nosuch')


@pytest.mark.parametrize('checkpoint', [None, 'mine.pth'])
def test_an_unknown_name_lists_the_known(checkpoint):
    with pytest.raises(
        FileNotFoundError, match=rf'nosuch.*{LIGHT.name}.*srn_r50_wider'
    ):
        resolve('nosuch', checkpoint)


def test_a_users_own_config_of_a_published_ones_name_is_the_users(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / LIGHT.config.name).write_text(f'_base_ = "{LIGHT.config}"\n')
    assert find_model(LIGHT.config.name) is None
    with pytest.raises(ValueError, match='no weights of it are published'):
        resolve(LIGHT.config.name)


def test_srn_faces_takes_a_name(tmp_path, capsys):
    picture = tmp_path / 'p.png'
    picture.write_bytes(b'')
    with pytest.raises(SystemExit):
        main([str(picture), '--model', 'nosuch', '--out-dir', str(tmp_path / 'out')])
    assert LIGHT.name in capsys.readouterr().err
    with pytest.raises(SystemExit):  # the picture is none; the model was found
        main([str(picture), '--model', LIGHT.aliases[0], '--device', 'cpu'])
    assert 'p.png: is empty' in capsys.readouterr().err


@pytest.mark.slow
def test_mmdets_own_functions_take_the_names():
    model = init_detector(str(LIGHT.config), f'srn_mmdet://{LIGHT.name}', device='cpu')
    wanted = load_detector(LIGHT.name).state_dict()
    assert all(
        (wanted[key] == value).all() for key, value in model.state_dict().items()
    )
    with pytest.raises(ValueError, match='srn_mmdet://nosuch: no such published model'):
        init_detector(str(LIGHT.config), 'srn_mmdet://nosuch', device='cpu')
