from pathlib import Path

import pytest
from mmdet.registry import DATASETS
from mmengine.config import Config

from tests.test_datasets.made import write_dataset

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def root(tmp_path):
    return write_dataset(tmp_path)


def build(root, **kwargs):
    cfg = dict(type='WIDERFace', data_root=str(root), pipeline=[])
    return DATASETS.build(dict(cfg, **kwargs))


def test_boxes_become_corners_and_attributes_are_kept(root):
    instances = build(root).get_data_info(0)['instances']
    assert instances[0] == dict(
        bbox=[8, 10, 28, 35],
        bbox_label=0,
        ignore_flag=0,
        blur=0,
        expression=1,
        illumination=0,
        invalid=0,
        occlusion=2,
        pose=1,
    )


def test_flat_boxes_go_invalid_ones_are_ignored_and_empty_images_stay(root):
    dataset = build(root)
    flags = [
        [i['ignore_flag'] for i in dataset.get_data_info(n)['instances']]
        for n in range(3)
    ]
    assert flags == [[0, 1], [], [0]]


def test_counts_are_logged(root, log):
    build(root)
    assert (
        '3 images (1 without faces), 4 faces: 1 without area left out, '
        '1 invalid ignored, 1 begin outside the image'
    ) in log.text


def test_images_without_a_valid_face_can_be_left_out_of_training(root):
    cfg = dict(filter_cfg=dict(filter_empty_gt=True))
    assert len(build(root, **cfg)) == 2
    assert len(build(root, test_mode=True, **cfg)) == 3


def test_a_subset_is_a_list_of_images(root):
    (root / 'list.txt').write_text('1--Other/one.jpg\n')
    dataset = build(root, image_list='list.txt')
    assert len(dataset) == 1
    assert dataset.get_data_info(0)['file_name'] == '1--Other/one.jpg'
    (root / 'list.txt').write_text('1--Other/nobody.jpg\n')
    with pytest.raises(ValueError, match=r"list\.txt lists 1 .*'1--Other/nobody\.jpg'"):
        build(root, image_list='list.txt')


def test_the_test_split_has_images_alone(root):
    dataset = build(
        root, ann_file='wider_face_split/wider_face_test_filelist.txt', test_mode=True
    )
    assert [dataset.get_data_info(0)['instances'], len(dataset)] == [[], 1]


@pytest.mark.parametrize('what', ['wider_face_split', 'WIDER_train'])
def test_missing_data_says_what_to_download(root, what):
    (root / what).rename(root / 'elsewhere')
    with pytest.raises(FileNotFoundError, match=rf'{what}.*WIDER_train\.zip'):
        build(root)


def test_the_headline_pipeline_trains_on_it(root):
    cfg = Config.fromfile(REPO / 'configs/_base_/datasets/wider_face.py')
    dataset = build(root, pipeline=cfg.train_pipeline)
    for i in range(3):
        sample = dataset[i]
        assert sample['inputs'].shape == (3, 1024, 1024)
        boxes = sample['data_samples'].gt_instances.bboxes
        assert (boxes.areas > 0).all()
        assert ((boxes.tensor >= 0) & (boxes.tensor <= 1024)).all()
