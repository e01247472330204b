import pytest

from srn_mmdet.evaluation.functional import (
    read_detection_list,
    read_fddb_detections,
    read_predictions,
)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    (tmp_path / 'afw.txt').write_bytes(b'\xef\xbb\xbfa .5 1 2 3 4\n')
    assert read_detection_list(tmp_path / 'afw.txt').images == ['a']
    (tmp_path / 'fddb.txt').write_bytes(b'\xef\xbb\xbf1/1/1/big/a\n1\n1 2 3 4 .5\n')
    assert list(read_fddb_detections(tmp_path / 'fddb.txt').boxes) == ['1/1/1/big/a']


@pytest.mark.parametrize(
    'read', [read_detection_list, read_fddb_detections, read_predictions]
)
def test_a_file_that_is_no_text_is_named(read, tmp_path):
    path = tmp_path / 'event' / 'a.txt'
    path.parent.mkdir()
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(ValueError, match=r'a\.txt: not a text file'):
        read(tmp_path if read is read_predictions else path)
