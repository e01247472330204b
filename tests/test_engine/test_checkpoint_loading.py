import hashlib
import os

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.runner.checkpoint import CheckpointLoader

from srn_mmdet.engine import checkpoint_loading, load_from_local
from srn_mmdet.engine.checkpoint_loading import load_from_http, named_digest


def test_what_mmengine_puts_into_a_checkpoint_is_loaded(tmp_path):
    hub = MessageHub('test_checkpoint_loading')
    hub.update_scalar('train/loss', 1.5)
    hub.update_scalar('train/loss', 0.5)
    hub.update_info('dataset_meta', dict(classes=('face',), count=np.int64(3)))
    state = dict(
        message_hub=hub.state_dict(),
        state_dict=dict(weight=torch.arange(3.0)),
        meta=dict(epoch=2, array=np.ones(2), word='a'),
    )
    torch.save(state, tmp_path / 'a.pth')
    # through mmengine's own door, as a resumed run comes
    loaded = CheckpointLoader.load_checkpoint(str(tmp_path / 'a.pth'))
    history = loaded['message_hub']['log_scalars']['train/loss']
    assert isinstance(history, HistoryBuffer)
    assert history.mean(2) == 1.0 and history.statistics('max') == 1.5
    assert torch.equal(loaded['state_dict']['weight'], torch.arange(3.0))
    assert loaded['meta']['array'].tolist() == [1, 1]


def test_mmengines_log_names_the_loader(tmp_path, capsys):
    """By what stands behind the first ten letters of its name."""
    torch.save({}, tmp_path / 'a.pth')
    CheckpointLoader.load_checkpoint(str(tmp_path / 'a.pth'), logger=None)
    assert 'Loads checkpoint by local backend' in capsys.readouterr().out


class Command:
    def __reduce__(self):
        return os.system, ('touch "$SRN_TEST_TRACE"',)


class StolenMethod:
    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


@pytest.mark.parametrize('evil', [Command(), StolenMethod()], ids=['call', 'getattr'])
def test_nothing_else_is_unpickled(tmp_path, monkeypatch, evil):
    trace = tmp_path / 'trace'
    monkeypatch.setenv('SRN_TEST_TRACE', str(trace))
    path = tmp_path / 'evil.pth'
    torch.save(dict(state_dict=evil), path)
    with pytest.raises(ValueError) as error:
        CheckpointLoader.load_checkpoint(str(path))
    assert str(path) in str(error.value) and '\n' not in str(error.value)
    assert not trace.exists()


@pytest.mark.parametrize('content', [b'', b'hello', b'\x80\x02}q\x00.'])
def test_other_files_are_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / 'other.pth'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='no checkpoint, cut off') as error:
        load_from_local(str(path))
    assert '\n' not in str(error.value)


def test_a_checkpoint_cut_off_is_refused(tmp_path):
    path = tmp_path / 'cut.pth'
    torch.save(dict(state_dict=dict(weight=torch.zeros(1000))), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ValueError, match='cut off'):
        load_from_local(str(path))


def test_a_missing_checkpoint_is_named():
    with pytest.raises(FileNotFoundError, match=r'nowhere\.pth: no such checkpoint'):
        load_from_local('nowhere.pth')


def test_a_download_is_checked_kept_and_loaded_without_unpickling(tmp_path):
    source = tmp_path / 'web' / 'weights.pth'
    source.parent.mkdir()
    torch.save(dict(weight=torch.ones(2)), source)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:8]
    good = source.rename(source.with_name(f'weights-{digest}.pth'))
    loaded = load_from_http(good.as_uri(), model_dir=str(tmp_path / 'kept'))
    assert torch.equal(loaded['weight'], torch.ones(2))
    good.rename(source.with_name('weights-00000000.pth'))
    # the copy that was kept serves again
    load_from_http(good.as_uri(), model_dir=str(tmp_path / 'kept'))
    wrong = source.with_name('weights-00000000.pth').as_uri()
    with pytest.raises(OSError, match=r'not downloaded .*hash'):
        load_from_http(wrong, model_dir=str(tmp_path / 'kept'))
    assert CheckpointLoader._get_checkpoint_loader('https://a/b') is load_from_http


@pytest.mark.parametrize(
    'name, digest',
    [
        ('resnet50-0676ba61.pth', '0676ba61'),
        ('srn-20251126.pth', None),
        ('srn-20251126093000.pth', None),
        ('srn_20251126-0676ba61.pth', '0676ba61'),
        ('srn-20251399.pth', '20251399'),
        ('srn-0676ba6.pth', None),
        ('epoch_12.pth', None),
    ],
)
def test_digests_in_names_are_told_from_dates(name, digest):
    assert named_digest(name) == digest


@pytest.mark.parametrize(
    'rank, environment, downloads',
    [
        (0, dict(LOCAL_RANK='0'), True),
        (4, dict(LOCAL_RANK='0'), True),  # the second machine of two with four each
        (5, dict(LOCAL_RANK='1'), False),
        # tools/train.py sets LOCAL_RANK where MPI does not
        (5, dict(LOCAL_RANK='0', OMPI_COMM_WORLD_LOCAL_RANK='1'), False),
        (5, dict(), False),
        (0, dict(), True),
    ],
)
def test_the_first_process_of_every_machine_downloads(
    tmp_path, monkeypatch, rank, environment, downloads
):
    """Each machine has its own disk here: the folder of the test."""
    source = tmp_path / 'weights.pth'
    torch.save(dict(weight=torch.ones(2)), source)
    monkeypatch.setattr(checkpoint_loading, 'get_dist_info', lambda: (rank, 8))
    for name in ('LOCAL_RANK', 'OMPI_COMM_WORLD_LOCAL_RANK'):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    kept = tmp_path / 'kept'
    if downloads:
        loaded = load_from_http(source.as_uri(), model_dir=str(kept))
        assert torch.equal(loaded['weight'], torch.ones(2))
    else:  # nobody else is there to download it
        with pytest.raises(FileNotFoundError):
            load_from_http(source.as_uri(), model_dir=str(kept))
