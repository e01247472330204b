import pytest
import torch

from srn_mmdet.apis.published import load_published, packaged_weights, publish


@pytest.fixture
def checkpoint(tmp_path):
    """As training with averaged weights writes one."""
    weights = {
        'conv.weight': torch.full((2, 1, 1, 1), 0.1),
        'bn.running_var': torch.tensor([1e6, 1e-9]),
        'bn.num_batches_tracked': torch.tensor(7),
    }
    path = tmp_path / 'epoch_3.pth'
    torch.save(
        dict(
            meta=dict(epoch=3, cfg='model = 1'),
            state_dict=weights,
            ema_state_dict=weights,
            optimizer=dict(state=torch.zeros(1000)),
        ),
        path,
    )
    return path


def test_only_weights_and_what_they_need_are_published(checkpoint, tmp_path):
    path = publish(str(checkpoint), str(tmp_path / 'out' / 'light.pth'))
    loaded = load_published(path)
    assert set(loaded) == {'meta', 'state_dict'}
    assert loaded['meta']['cfg'] == 'model = 1' and loaded['meta']['epoch'] == 3
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_weights_are_halved_and_statistics_keep_their_range(checkpoint, tmp_path):
    path = publish(str(checkpoint), str(tmp_path / 'light.pth'))
    state = load_published(path)['state_dict']
    assert state['conv.weight'].dtype == torch.half
    assert torch.equal(state['bn.running_var'], torch.tensor([1e6, 1e-9]))
    assert state['bn.num_batches_tracked'] == 7
    path = publish(str(checkpoint), str(tmp_path / 'light.pth'), half=False)
    assert load_published(path)['state_dict']['conv.weight'].dtype == torch.float32


def test_a_configs_text_takes_the_place_of_the_trainings(tmp_path):
    out, weights = str(tmp_path / 'light.pth'), packaged_weights('srn_mnet025')
    path = publish(str(weights), out, config='srn_mnet025_widerface.py')
    text = load_published(path)['meta']['cfg']
    assert "type='SRNHead'" in text and "data_root = 'data/wider_face/'" in text


def test_a_changed_file_is_refused_by_its_name(checkpoint, tmp_path):
    path = publish(str(checkpoint), str(tmp_path / 'light.pth'))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f'{path.name}: is damaged or was changed'):
        load_published(path)


def test_a_date_in_a_name_is_no_digest(checkpoint):
    dated = checkpoint.rename(checkpoint.with_name('srn-20251126.pth'))
    assert load_published(dated)['meta']['epoch'] == 3
    no_date = dated.rename(dated.with_name('srn-20251326.pth'))  # month 13
    with pytest.raises(ValueError, match='not 20251326 as its name says'):
        load_published(no_date)


def test_a_file_without_weights_is_refused(tmp_path):
    torch.save(dict(meta={}), tmp_path / 'odd.pth')
    with pytest.raises(ValueError, match=r'odd\.pth: no state_dict'):
        publish(str(tmp_path / 'odd.pth'), str(tmp_path / 'out.pth'))
    with pytest.raises(FileNotFoundError, match=r'nosuch\.pth'):
        publish(str(tmp_path / 'nosuch.pth'), str(tmp_path / 'out.pth'))


def test_the_weights_of_another_network_than_the_configs_are_refused(
    checkpoint, tmp_path, monkeypatch
):
    # which builds one network after the other
    name = 'srn_mmdet.engine.check_weights_hook.fitting_config'
    monkeypatch.setattr(name, lambda shapes: None)
    with pytest.raises(ValueError, match='epoch_3.pth: not the weights of srn_mnet025'):
        publish(
            str(checkpoint), str(tmp_path / 'a.pth'), config='srn_mnet025_widerface.py'
        )
    assert not list(tmp_path.glob('a*.pth'))


@pytest.mark.parametrize(
    'state, said',
    [
        ({}, 'no weights in its state_dict'),
        (dict(a='b'), 'no weights in its state_dict'),
        (dict(a=torch.tensor([1, float('nan')])), 'NaN or infinite numbers in a'),
        (dict(a=torch.full((2, 2), 1e6)), 'half precision .*: NaN or infinite .* in a'),
    ],
)
def test_what_nobody_could_use_is_not_published(tmp_path, state, said):
    torch.save(dict(state_dict=state), tmp_path / 'epoch_1.pth')
    with pytest.raises(ValueError, match=f'epoch_1.pth.*{said}'):
        publish(str(tmp_path / 'epoch_1.pth'), str(tmp_path / 'out.pth'))


@pytest.mark.parametrize('out', ['', '/a', '/a.safetensors'])
def test_what_is_written_has_a_name(checkpoint, tmp_path, out):
    with pytest.raises(ValueError, match='wants the name of a file that ends in .pth'):
        publish(str(checkpoint), f'{tmp_path}{out}')
