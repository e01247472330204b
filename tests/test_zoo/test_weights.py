"""Fetching weights from a zoo: nothing is used whose hash does not match."""

import pytest

from srn_mmdet.apis.published import publish
from srn_mmdet.zoo import PublishedModel, weights_of
from srn_mmdet.zoo.weights import fetch, sha256
from tests.test_zoo.made import checkpoint, served


@pytest.fixture
def zoo(tmp_path):
    """A folder with one published file, and its model."""
    folder = tmp_path / 'zoo'
    path = publish(str(checkpoint(tmp_path / 'e.pth')), str(folder / 'tiny.pth'))
    model = PublishedModel(
        'tiny', (), tmp_path / 'tiny.py', f'srn_mmdet://{path.name}', sha256(path)
    )
    return folder, model


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'cache'))
    monkeypatch.delenv('SRN_MMDET_ZOO', raising=False)
    return tmp_path / 'cache' / 'hub' / 'checkpoints'


def same(path, folder, model):
    return path.read_bytes() == (folder / model.file).read_bytes()


def names(folder):
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith('.'))


@pytest.mark.parametrize('by', ['url', 'folder'])
def test_a_good_file_is_fetched_once(zoo, cache, monkeypatch, by):
    folder, model = zoo
    with served(folder) as (url, asked):
        monkeypatch.setenv('SRN_MMDET_ZOO', url + '/' if by == 'url' else str(folder))
        for _ in range(2):
            assert same(weights_of(model), folder, model)
        assert len(asked) == (1 if by == 'url' else 0)
    assert names(cache) == [model.file]


def test_the_zoo_may_be_an_argument_and_the_folder_too(zoo, tmp_path):
    folder, model = zoo
    path = weights_of(model, tmp_path / 'here', str(folder))
    assert path.parent == tmp_path / 'here' and same(path, folder, model)


def test_a_file_of_another_hash_is_refused_and_nothing_kept(zoo, cache):
    folder, model = zoo
    (folder / model.file).write_bytes(b'x' * 100)
    with (
        served(folder) as (url, _),
        pytest.raises(ValueError, match=rf'{model.file}: damaged or another file.*'),
    ):
        weights_of(model, zoo=url)
    assert names(cache) == []


def test_a_download_that_is_cut_off_goes_on_from_there(zoo, cache):
    folder, model = zoo
    with served(folder, cut=1000) as (url, _):
        with pytest.raises(OSError, match=r'cut off after 1,000 of .* bytes'):
            weights_of(model, zoo=url)
        assert names(cache) == [model.file + '.part']
    with served(folder) as (url, asked):
        assert same(weights_of(model, zoo=url), folder, model)
        assert asked == ['bytes=1000-']
    assert names(cache) == [model.file]


def test_a_server_without_ranges_sends_all_of_it_anew(zoo):
    folder, model = zoo
    with served(folder, cut=1000) as (url, _), pytest.raises(OSError):
        weights_of(model, zoo=url)
    with served(folder, ranges=False) as (url, _):
        assert same(weights_of(model, zoo=url), folder, model)


@pytest.mark.parametrize('size', [1000, 10**6])
def test_a_begun_file_of_something_else_is_begun_anew(zoo, cache, size):
    """Shorter than the file, and longer (at which the server has nothing to send)."""
    folder, model = zoo
    cache.mkdir(parents=True)
    (cache / (model.file + '.part')).write_bytes(b'x' * size)
    with served(folder) as (url, asked):
        assert same(weights_of(model, zoo=url), folder, model)
        assert asked == [f'bytes={size}-', None]


def test_what_is_not_there_is_said(zoo, tmp_path):
    folder, model = zoo
    (folder / model.file).unlink()
    with (
        served(folder) as (url, _),
        pytest.raises(OSError, match=rf'{model.file}: not downloaded: .*404'),
    ):
        weights_of(model, zoo=url)
    with pytest.raises(OSError, match='not downloaded: .*refused'):
        weights_of(model, zoo=url)  # nobody is there any more
    with pytest.raises(FileNotFoundError, match=f'{model.file}: no such file'):
        weights_of(model, zoo=str(folder))


def test_what_is_no_address_and_no_folder_is_said(zoo, tmp_path):
    with pytest.raises(OSError, match=r'http://\[::1/.*: not downloaded: Invalid IPv6'):
        weights_of(zoo[1], zoo='http://[::1')
    (tmp_path / 'file').touch()
    with pytest.raises(OSError, match='file: a file, not a folder'):
        weights_of(zoo[1], tmp_path / 'file', str(zoo[0]))


def test_without_a_zoo_it_says_how_to_name_one(zoo):
    with pytest.raises(FileNotFoundError, match='SRN_MMDET_ZOO=URL or FOLDER'):
        weights_of(zoo[1])


def test_a_damaged_file_in_the_cache_is_fetched_anew(zoo, cache):
    folder, model = zoo
    cache.mkdir(parents=True)
    (cache / model.file).write_bytes(b'x')
    assert same(
        fetch(str(folder / model.file), cache / model.file, model.sha256), folder, model
    )
