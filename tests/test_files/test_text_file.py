import numpy as np
import pytest

from srn_mmdet.evaluation.files import (
    read_detection_list,
    read_fddb_detections,
    read_predictions,
    write_detection_list,
    write_fddb_detections,
    write_prediction,
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
    with pytest.raises(ValueError, match=r'a\.txt:1: not a text file'):
        read(tmp_path if read is read_predictions else path)


def test_scores_near_one_stay_apart_in_the_files_written(tmp_path):
    """Two neighbours in single precision, .9999999 and .99999994."""
    scores = np.nextafter(np.float32(1), np.float32(0), dtype=np.float32)
    scores = np.array([scores, np.nextafter(scores, np.float32(0))])
    boxes = np.array([[0.1, 2.3, 104.56789, 2048.1234]] * 2, np.float32)
    write_prediction(tmp_path, 'e/a.jpg', boxes, scores)
    write_fddb_detections(tmp_path / 'fddb.txt', {'a': (boxes, scores)})
    write_detection_list(tmp_path / 'afw.txt', ['a', 'a'], boxes, scores)
    found = read_detection_list(tmp_path / 'afw.txt')
    assert np.array_equal(np.float32(found.boxes), boxes)
    for read in (
        found.scores,
        read_predictions(tmp_path).boxes['e/a'][:, 4],
        read_fddb_detections(tmp_path / 'fddb.txt').boxes['a'][:, 4],
    ):
        assert np.array_equal(np.float32(read), scores)
