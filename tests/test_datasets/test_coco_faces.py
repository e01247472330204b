import json

import pytest
from mmdet.registry import DATASETS

from srn_mmdet.engine.data_counts import check_faces


def content():
    return dict(
        images=[dict(id=i, file_name=f'{i}.jpg', width=64, height=48) for i in (1, 2)],
        categories=[dict(id=1, name='face'), dict(id=2, name='dog')],
        annotations=[
            dict(
                id=5, image_id=1, category_id=1, bbox=[1, 2, 30, 40], area=9, iscrowd=0
            ),
            dict(
                id=6, image_id=2, category_id=1, bbox=[1, 2, 30, 40], area=9, iscrowd=0
            ),
        ],
    )


def build(path, content):
    path.write_text(json.dumps(content))
    return DATASETS.build(
        dict(
            type='COCOFaces',
            ann_file=str(path),
            data_prefix=dict(img=''),
            pipeline=[],
            metainfo=dict(classes=('face',)),
        )
    )


def test_a_whole_file_is_read_as_mmdets_data_set_reads_it(tmp_path):
    dataset = build(tmp_path / 'a.json', content())
    boxes = [i['bbox'] for k in range(2) for i in dataset.get_data_info(k)['instances']]
    assert boxes == [[1, 2, 31, 42]] * 2


@pytest.mark.parametrize(
    'place, value, said',
    [
        (('annotations', 1, 'image_id'), 7, r"annotations\[1\] has the image_id '7'"),
        (('annotations', 1, 'category_id'), 3, "category_id '3', which is not in"),
        (
            ('annotations', 0, 'bbox'),
            [1, 2, -3, 4],
            r'annotations\[0\] \(id 5\) has the',
        ),
        (('annotations', 0, 'bbox'), [1, 2, 3], r'the bbox \[1, 2, 3\]'),
        (('annotations', 0, 'bbox'), [1, 2, float('nan'), 4], 'nan'),
        (('annotations', 0, 'bbox'), [10**400, 2, 3, 4], 'less than 1e9'),
        (('annotations', 1, 'id'), 5, 'the id 5 is twice in annotations'),
        (('images', 0, 'width'), 0, r'images\[0\] \(id 1\) has width and height'),
        (('images', 0, 'file_name'), None, 'has no file_name'),
        (('categories', 0, 'name'), None, 'has no name'),
        (('images',), {}, 'has no list "images"'),
    ],
)
def test_what_would_lose_a_face_is_refused_by_name(tmp_path, place, value, said):
    bad = inner = content()
    *before, last = place
    for key in before:
        inner = inner[key]
    inner[last] = value
    with pytest.raises(ValueError, match=rf'a\.json: .*{said}'):
        build(tmp_path / 'a.json', bad)


def test_a_cut_off_file_is_named_with_its_line(tmp_path):
    (tmp_path / 'a.json').write_text('{"images": [\n{"id": 1,')
    with pytest.raises(ValueError, match=r'a\.json:2: no JSON'):
        DATASETS.build(dict(type='COCOFaces', ann_file=str(tmp_path / 'a.json')))


def test_boxes_of_other_classes_are_left_out_and_said(tmp_path, log):
    mixed = content()
    mixed['annotations'][1]['category_id'] = 2
    check_faces(build(tmp_path / 'a.json', mixed))
    assert "a.json: boxes of other classes are left out: 'dog' (1 boxes)" in log.text
