import cv2
import numpy as np
import pytest
from scipy.io import loadmat, savemat

from srn_mmdet.apis.report import write_report
from srn_mmdet.evaluation.files import write_prediction
from srn_mmdet.evaluation.functional import SUBSETS
from tests.test_evaluation.made import cell, write_ground_truth


def test_page_is_one_file_with_all_figures_and_the_worst_image(tmp_path):
    faces = [[10, 10, 29, 29], [60, 10, 19, 19]]
    counting = {s: {'e/a': [1, 2], 'e/b': [1]} for s in SUBSETS}
    write_ground_truth(tmp_path / 'gt', {'e/a': faces, 'e/b': faces[:1]}, counting)
    path = tmp_path / 'gt' / 'wider_face_val.mat'
    content = {k: v for k, v in loadmat(path).items() if not k.startswith('__')}
    for name in ('blur', 'occlusion', 'pose', 'illumination'):
        lists = [np.zeros((2, 1)), np.zeros((1, 1))]
        content[f'{name}_label_list'] = cell([cell(lists)])
    savemat(path, content)
    write_prediction(
        tmp_path / 'mine', 'e/a', [[10, 10, 39, 39], [80, 60, 95, 75]], [0.9, 0.95]
    )
    write_prediction(tmp_path / 'mine', 'e/b', [[10, 10, 39, 39]], [0.85])
    for name in 'ab':
        image = tmp_path / 'images' / 'e' / f'{name}.jpg'
        image.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(image), np.zeros((80, 100, 3), np.uint8))
    figures = write_report(
        str(tmp_path / 'mine'),
        str(tmp_path / 'gt'),
        str(tmp_path / 'out' / 'report.html'),
        images=str(tmp_path / 'images'),
    )
    # e/a: one found, one missed, one on nothing, above e/b's score
    assert figures['errors'] == {
        'true': 2,
        'duplicate': 0,
        'poor box': 0,
        'background': 1,
        'ignored': 0,
        'missed': 1,
    }
    for kind, number in figures['errors'].items():
        assert sum(of[kind] for of in figures['errors_by_height'].values()) == number
    assert figures['errors_by_height']['0-16 px']['background'] == 1  # 15 px
    assert figures['groups']['height: 16-32 px'] == dict(
        num_faces=3, ap=figures['ap_by_iou'][0.5]['hard'], recall=2 / 3
    )
    page = (tmp_path / 'out' / 'report.html').read_text()
    assert 'e/a: 2 faces; 1 missed, 1 true, 1 background' in page
    assert 'e/b: ' not in page  # nothing is wrong with it
    assert page.count('data:image/') == 2 and 'http' not in page


def test_a_folder_of_images_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere: no such folder'):
        write_report('mine', str(tmp_path), 'r.html', images=str(tmp_path / 'nowhere'))


def test_a_tree_of_another_layout_is_said_on_the_page(tmp_path):
    faces = [[300, 10, 29, 29], [60, 90, 19, 19], [90, 200, 40, 50]]
    counting = {s: {'e/a': [1, 2, 3]} for s in SUBSETS}
    write_ground_truth(tmp_path / 'gt', {'e/a': faces}, counting)
    (tmp_path / 'mine' / 'e').mkdir(parents=True)
    rows = [f'{x} {y} {x + w} {y + h} .5' for x, y, w, h in faces]  # corners for sizes
    (tmp_path / 'mine' / 'e' / 'a.txt').write_text('\n'.join(['a', '3', *rows]))
    page = tmp_path / 'report.html'
    write_report(str(tmp_path / 'mine'), str(tmp_path / 'gt'), str(page))
    assert 'x1 y1 x2 y2 score' in page.read_text()
