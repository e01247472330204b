import pytest
from mmdet.registry import DATASETS

OBJECT = (
    '<object><name>face</name><bndbox><xmin>11</xmin><ymin>12</ymin><xmax>31</xmax>'
    '<ymax>42</ymax></bndbox></object>'
)


def build(folder, objects=OBJECT, size='64', names='a\n'):
    (folder / 'Annotations').mkdir(exist_ok=True)
    (folder / 'Annotations' / 'a.xml').write_text(
        f'<annotation>\n<size><width>{size}</width><height>64</height></size>\n'
        f'{objects}\n</annotation>'
    )
    (folder / 'list.txt').write_text(names)
    return DATASETS.build(
        dict(
            type='VOCFaces',
            data_root=str(folder),
            ann_file='list.txt',
            data_prefix=dict(sub_data_root=''),
            pipeline=[],
        )
    )


def test_a_whole_file_is_read_as_mmdets_data_set_reads_it(tmp_path):
    dataset = build(tmp_path, OBJECT + OBJECT.replace('face', 'dog'))
    boxes = [instance['bbox'] for instance in dataset.get_data_info(0)['instances']]
    assert boxes == [[10, 11, 30, 41]]
    assert dataset.categories() == dict(face=1, dog=1)


@pytest.mark.parametrize(
    'options, said',
    [
        (dict(objects=OBJECT.replace('</name>', '')), r'a\.xml:3: no XML'),
        (dict(objects=OBJECT.replace('31', 'x')), r"a\.xml: object 1 .*'x'"),
        (dict(objects=OBJECT.replace('31', '9')), r'a\.xml: object 1 .* box'),
        (dict(objects=OBJECT.replace('xmax', 'xmas')), r'a\.xml: object 1'),
        (dict(objects=OBJECT.replace('face', '')), r"object 1 has the name ''"),
        (dict(size='0'), r"a\.xml: has the width and height \['0'"),
        (dict(names='a\na\n'), r'list\.txt: a is listed a second time'),
    ],
)
def test_what_would_lose_a_face_is_refused_by_name(tmp_path, options, said):
    with pytest.raises(ValueError, match=said):
        build(tmp_path, **options)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'b\.xml: no such file'):
        build(tmp_path, names='a\nb\n')


def test_images_of_other_endings_are_found(tmp_path):
    (tmp_path / 'JPEGImages').mkdir()
    for name in ('a.PNG', 'a.txt'):
        (tmp_path / 'JPEGImages' / name).touch()
    info = build(tmp_path).get_data_info(0)
    assert info['img_path'] == str(tmp_path / 'JPEGImages' / 'a.PNG')
