import pytest

from tests.robustness.readers_fuzz import fuzz


@pytest.mark.slow
@pytest.mark.filterwarnings('error::RuntimeWarning')
def test_damaged_files_are_read_whole_or_refused_by_name(tmp_path):
    """The fast part of tests/robustness/readers_fuzz.py, with another seed."""
    ends, wrong = fuzz(160, tmp_path, seed=1)
    assert not wrong
    assert ends['read'] > 20 and ends['refused'] > 60
    assert ends['read'] + ends['refused'] == 160
