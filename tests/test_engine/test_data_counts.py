"""What is said of a data set before the first step: drawn annotations, no images."""

import json

import pytest
from mmdet.registry import DATASETS

from srn_mmdet.engine.data_counts import check_faces
from srn_mmdet.engine.srn_runner import SRNRunner

BOX = [10, 10, 20, 24]


def coco(path, categories=('face',), boxes=((1, 1), (1, 2))):
    """A COCO file; boxes: (category's id, number of boxes) an image."""
    annotations = [
        dict(category_id=category, image_id=image)
        for image, (category, number) in enumerate(boxes)
        for _ in range(number)
    ]
    for number, annotation in enumerate(annotations):
        annotation.update(id=number, bbox=BOX, area=480, iscrowd=0)
    content = dict(
        images=[
            dict(id=i, file_name=f'{i}.jpg', height=64, width=64)
            for i in range(len(boxes))
        ],
        categories=[dict(id=i, name=name) for i, name in enumerate(categories, 1)],
        annotations=annotations,
    )
    path.write_text(json.dumps(content))
    return dict(
        type='CocoDataset',
        ann_file=str(path),
        data_prefix=dict(img=''),
        metainfo=dict(classes=('face',)),
    )


def build(config, **more):
    return DATASETS.build(dict(config, pipeline=[], **more))


def test_images_and_faces_are_counted_and_said(tmp_path, log):
    config = coco(tmp_path / 'a.json', ('face', 'dog'), ((1, 1), (1, 2), (2, 4)))
    check_faces(build(config))
    assert 'a.json: 3 images, 3 faces' in log.text


def test_through_data_sets_that_repeat_and_join_others(tmp_path, log):
    parts = [
        dict(coco(tmp_path / f'{name}.json', ('face',), boxes), pipeline=[])
        for name, boxes in (('a', ((1, 1),)), ('b', ((1, 0), (1, 5))))
    ]
    joined = dict(type='ConcatDataset', datasets=parts)
    check_faces(DATASETS.build(dict(type='RepeatDataset', times=3, dataset=joined)))
    assert 'a.json: 1 images, 1 faces' in log.text
    assert 'b.json: 2 images, 5 faces' in log.text


@pytest.mark.parametrize('test_mode', [False, True])
def test_a_wrong_class_name_is_refused_with_those_of_the_file(tmp_path, test_mode):
    config = coco(tmp_path / 'a.json', ('Face', 'dog'), ((1, 3), (2, 1)))
    with pytest.raises(ValueError) as error:
        check_faces(build(config, test_mode=test_mode))
    assert "a.json: 2 images, 0 faces of class 'face'" in str(error.value)
    assert "'Face' (3 boxes), 'dog' (1 boxes)" in str(error.value)
    assert "classes=('Face',)" in str(error.value)


def test_a_file_without_boxes_is_refused_in_training_only(tmp_path, log):
    config = coco(tmp_path / 'a.json', ('face',), ((1, 0), (1, 0)))
    with pytest.raises(ValueError, match="0 faces of class 'face': no boxes are in it"):
        check_faces(build(config))
    check_faces(build(config, test_mode=True))
    assert 'a.json: 2 images\n' in log.text
    check_faces(build(dict(config, type='COCOFaces'), test_mode=True))
    assert 'a.json: 2 images, 0 faces: there is no AP of them' in log.text


def test_a_class_without_boxes_among_others_is_a_warning(tmp_path, log):
    config = coco(tmp_path / 'a.json', ('face', 'Mask'), ((1, 1), (2, 1)))
    config['metainfo'] = dict(classes=('face', 'mask'))
    check_faces(build(config))
    assert "a.json: no box of class 'mask'" in log.text


@pytest.mark.parametrize(
    'boxes, said',
    [
        ((), 'a.json: 0 images'),
        (((1, 0), (1, 0)), 'a.json: 2 images, 0 faces'),
    ],
)
def test_no_image_that_is_left_is_a_sentence_instead_of_numpys(tmp_path, boxes, said):
    dataset = coco(tmp_path / 'a.json', ('face',), boxes)
    dataset.update(pipeline=[], filter_cfg=dict(filter_empty_gt=True))
    wrapped = dict(type='RepeatDataset', times=2, dataset=dataset)
    for config in (dataset, wrapped):
        loader = dict(
            dataset=config,
            batch_size=1,
            num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False),
        )
        with pytest.raises(ValueError, match=said):
            SRNRunner.build_dataloader(loader)


def test_the_names_in_voc_xml_are_said(tmp_path):
    (tmp_path / 'Annotations').mkdir()
    (tmp_path / 'Annotations' / 'a.xml').write_text(
        '<annotation><size><width>64</width><height>64</height></size><object>'
        '<name>Face</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax>'
        '<ymax>9</ymax></bndbox></object></annotation>'
    )
    (tmp_path / 'list.txt').write_text('a\n')
    config = dict(
        type='XMLDataset',
        data_root=str(tmp_path),
        ann_file='list.txt',
        data_prefix=dict(sub_data_root=''),
        metainfo=dict(classes=('face',)),
    )
    with pytest.raises(ValueError, match=r"categories are 'Face' \(1 boxes\)"):
        check_faces(build(config))
    config['metainfo'] = dict(classes=('Face',))
    check_faces(build(config))


def test_faces_to_ignore_of_wider_face_do_not_count(tmp_path, log):
    folder = tmp_path / 'images' / '0--Parade'
    folder.mkdir(parents=True)
    (folder / 'a.jpg').touch()
    lines = ['0--Parade/a.jpg', '2', '1 1 9 9 0 0 0 0 0 0', '1 1 9 9 0 0 0 1 0 0']
    ann_file = tmp_path / 'bbx_gt.txt'
    ann_file.write_text('\n'.join(lines) + '\n')
    config = dict(
        type='WIDERFace',
        ann_file=str(ann_file),
        data_prefix=dict(img=str(tmp_path / 'images')),
    )
    check_faces(build(config))
    assert 'bbx_gt.txt: 1 images, 1 faces' in log.text
    lines[1:] = ['1', '1 1 9 9 0 0 0 1 0 0']
    ann_file.write_text('\n'.join(lines) + '\n')
    with pytest.raises(ValueError, match='1 images, 0 faces'):
        check_faces(build(config))
