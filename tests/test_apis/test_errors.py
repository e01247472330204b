import pytest
from torch.utils.data import DataLoader

from srn_mmdet.apis.errors import last_line, one_line_errors


def test_what_is_wrong_with_the_input_is_one_line(monkeypatch):
    said = r'^error: a\.pth: no such file  \(SRN_TRAC'
    with pytest.raises(SystemExit, match=said), one_line_errors():
        raise FileNotFoundError('a.pth: no such file')
    monkeypatch.setenv('SRN_TRACEBACK', '1')
    with pytest.raises(FileNotFoundError), one_line_errors():
        raise FileNotFoundError('a.pth: no such file')


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), one_line_errors():
        print(1 // 0)


class Broken(list):
    def __getitem__(self, index):
        raise ValueError('a.jpg: not an image')


def test_an_error_in_a_data_worker_is_its_own_sentence():
    with pytest.raises(ValueError) as error:
        next(iter(DataLoader(Broken([1]), num_workers=1)))
    assert 'Traceback' in str(error.value)
    assert last_line(error.value) == 'a.jpg: not an image'
