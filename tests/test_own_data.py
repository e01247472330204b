"""configs/own_data: drawn faces in four formats, read, trained on, tested."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmdet.registry import DATASETS

from srn_mmdet.apis.runner import load_config, train
from srn_mmdet.apis.runner import test as run_test
from srn_mmdet.datasets.wider_face_txt import read_bbx_gt
from srn_mmdet.demo.make_dataset import make_dataset
from srn_mmdet.engine.data_counts import check_faces

KINDS = ('coco', 'voc', 'yolo', 'wider')


@pytest.fixture(scope='module')
def own(tmp_path_factory):
    """Four drawn images to train on and four to test on, annotated four times."""
    root = tmp_path_factory.mktemp('own')
    make_dataset(root / 'wider', train=4, val=4)
    for part in ('train', 'val'):
        gt = root / 'wider' / 'wider_face_split' / f'wider_face_{part}_bbx_gt.txt'
        faces = read_bbx_gt(str(gt))
        folder = root / 'wider' / f'WIDER_{part}' / 'images'
        write(root, part, {folder / name: rows[:, :4] for name, rows in faces.items()})
    return root


def write(root, part, faces):
    images, boxes, names, wider = [], [], [], ''
    for path, rows in faces.items():
        picture = cv2.imread(str(path))
        height, width = picture.shape[:2]
        names.append(f'{part}_{path.stem}')
        xml, txt = '', ''
        wider += f'{names[-1]}.jpg\n{len(rows)}\n'
        for x, y, w, h in rows.tolist():
            boxes.append(
                dict(id=len(boxes), image_id=len(images), category_id=1, iscrowd=0)
                | dict(bbox=[x, y, w, h], area=w * h)
            )
            corners = (('xmin', x), ('ymin', y), ('xmax', x + w), ('ymax', y + h))
            box = ''.join(f'<{key}>{value + 1}</{key}>' for key, value in corners)
            xml += f'<object><name>face</name><bndbox>{box}</bndbox></object>'
            wider += f'{x} {y} {w} {h} 0 0 0 0 0 0\n'
            txt += f'0 {(x + w / 2) / width} {(y + h / 2) / height} '
            txt += f'{w / width} {h / height}\n'
        size = f'<size><width>{width}</width><height>{height}</height></size>'
        name = names[-1]
        images.append(
            dict(id=len(images), file_name=f'{name}.jpg', width=width, height=height)
        )
        for file, content in (
            (f'Annotations/{name}.xml', f'<annotation>{size}{xml}</annotation>'),
            (f'labels/{part}/{name}.txt', txt),
        ):
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(content)
        for place in ('images', 'JPEGImages', f'images/{part}'):
            (root / place).mkdir(parents=True, exist_ok=True)
            (root / place / f'{name}.jpg').symlink_to(path)
    (root / f'{part}.txt').write_text('\n'.join(names) + '\n')
    (root / 'wider_txt').mkdir(exist_ok=True)
    (root / 'wider_txt' / f'{part}.txt').write_text(wider)
    if not (root / 'wider_txt' / 'images').exists():
        (root / 'wider_txt' / 'images').symlink_to(root / 'images')
    categories = [dict(id=1, name='face')]
    content = dict(images=images, annotations=boxes, categories=categories)
    (root / f'{part}.json').write_text(json.dumps(content))


def config(kind, root, work='w', **options):
    root = root / 'wider_txt' if kind == 'wider' else root
    return load_config(f'srn_mnet025_own-{kind}.py', str(work), str(root), options)


def boxes(dataset):
    return {
        Path(info['img_path']).name: [i['bbox'] for i in info['instances']]
        for info in (dataset.get_data_info(i) for i in range(len(dataset)))
    }


@pytest.mark.parametrize('part', ['train', 'val'])
def test_four_formats_of_the_same_faces_are_read_alike(own, part):
    read = [
        boxes(DATASETS.build(config(kind, own)[f'{part}_dataloader'].dataset))
        for kind in KINDS
    ]
    assert sum(map(len, read[0].values())) > 4
    for other in read[1:]:
        assert other.keys() == read[0].keys()
        for name, wanted in read[0].items():
            for box, right in zip(other[name], wanted, strict=True):
                assert box == pytest.approx(right, abs=0.01)


@pytest.mark.parametrize('kind', KINDS)
def test_the_second_step_is_trained_on_what_it_was_trained_on_before(own, kind):
    """On what the packaged weights' first step gives .01 to .05, its loss is hundreds."""
    before = load_config('srn_mnet025_finetune_widerface-subset.py').model.bbox_head
    assert config(kind, own).model.bbox_head.stc_score_thr == before.stc_score_thr


@pytest.mark.slow
@pytest.mark.parametrize('kind', KINDS)
def test_a_step_is_trained_from_the_packages_weights_and_tested(own, tmp_path, kind):
    """By AP, to which those weights already come on drawn faces."""
    options = {
        'train_cfg.max_epochs': 1,
        'train_dataloader.batch_size': 4,
        'train_dataloader.num_workers': 0,
        'val_dataloader.num_workers': 0,
        'test_dataloader.num_workers': 0,
    }
    cfg = config(kind, own, tmp_path, **options)
    cfg.train_dataloader.dataset.pipeline[2] = dict(type='Resize', scale=(128, 128))
    train(cfg)
    metrics = run_test(config(kind, own, tmp_path, **options), tmp_path / 'epoch_1.pth')
    log = ''.join(path.read_text() for path in tmp_path.glob('*/*.log'))
    assert '4 images, ' in log and 'tensors of the network taken' in log
    ap = 'wider_face/all' if kind == 'wider' else 'coco/bbox_mAP_50'
    assert 0.02 < metrics[ap] < 1


@pytest.mark.slow
@pytest.mark.parametrize('kind', ['coco', 'wider'])
def test_several_views_are_tested_by_the_same_faces(own, tmp_path, kind):
    cfg = config(kind, own, tmp_path, **{'test_dataloader.num_workers': 0})
    cfg.tta_pipeline[-1].max_size = 200
    metrics = run_test(cfg, 'srn_mmdet://light', tta=True)
    ap = 'wider_face/all' if kind == 'wider' else 'coco/bbox_mAP_50'
    assert 0.02 < metrics[ap] < 1


def test_files_of_detections_that_the_metric_does_not_write_are_refused(own, tmp_path):
    with pytest.raises(ValueError, match=r'--out-dir: CocoMetric writes no files'):
        run_test(config('coco', own, tmp_path), 'srn_mmdet://light', out_dir='out')
    cfg = config('coco', own, tmp_path, **{'test_evaluator.type': 'Nosuch'})
    with pytest.raises(KeyError, match='Nosuch is not in the'):
        run_test(cfg, 'srn_mmdet://light', out_dir='out')


def test_a_wrong_class_is_refused_in_one_sentence(own):
    for kind, names in (('coco', "'face'"), ('voc', "'face'")):
        cfg = config(kind, own)
        cfg.train_dataloader.dataset.metainfo = dict(classes=('Face',))
        with pytest.raises(ValueError, match=f'0 faces .*categories are {names}'):
            check_faces(DATASETS.build(cfg.train_dataloader.dataset))


def test_yolo_boxes_of_other_classes_are_named(tmp_path):
    data = yolo(tmp_path, '3 .5 .5 .2 .2\n')
    with pytest.raises(ValueError, match=r"0 faces .*'class 3' \(1 boxes\)"):
        check_faces(data)


def yolo(root, text):
    (root / 'labels').mkdir()
    (root / 'images').mkdir()
    (root / 'labels' / 'a.b.txt').write_text(text)
    cv2.imwrite(str(root / 'images' / 'a.b.jpg'), np.zeros((20, 40, 3), np.uint8))
    return DATASETS.build(
        dict(
            type='YOLOFaces',
            ann_file=str(root / 'labels'),
            data_prefix=dict(img=str(root / 'images')),
        )
    )


def test_a_yolo_line_is_a_middle_and_sides(tmp_path):
    info = yolo(tmp_path, '0 .5 .5 .25 .5\n\n').get_data_info(0)
    assert info['instances'][0]['bbox'] == pytest.approx([15, 5, 25, 15])
    assert (info['width'], info['height']) == (40, 20)


@pytest.mark.parametrize(
    'line',
    ['0 10 10 5 5', '0 .5 .5 .2', 'face .5 .5 .1 .1', '0 .5 .5 nan .1', '0 .5 .5 0 .1'],
)
def test_a_line_that_is_no_box_is_named(tmp_path, line):
    with pytest.raises(ValueError, match=r'a\.b\.txt:2: .* is no box'):
        yolo(tmp_path, f'0 .5 .5 .1 .1\n{line}\n')


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere: no such folder'):
        DATASETS.build(
            dict(
                type='YOLOFaces',
                ann_file=str(tmp_path / 'nowhere'),
                data_prefix=dict(img=str(tmp_path)),
            )
        )
