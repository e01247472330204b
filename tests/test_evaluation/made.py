"""Ground truth in the official .mat layout, made by hand."""

import numpy as np
from scipy.io import savemat


def cell(values):
    """A Matlab column cell array."""
    array = np.empty((len(values), 1), object)
    for i, value in enumerate(values):
        array[i, 0] = value
    return array


def write_ground_truth(folder, images, counting):
    """images {'EVENT/NAME': boxes}; counting {subset: {'EVENT/NAME': [1, 2]}}."""
    folder.mkdir(parents=True, exist_ok=True)
    events = sorted({image.split('/')[0] for image in images})
    names = [[i for i in images if i.startswith(f'{event}/')] for event in events]
    lists = dict(
        event_list=cell(events),
        file_list=cell([cell([i.split('/')[1] for i in group]) for group in names]),
    )
    faces = [
        cell([np.array(images[i], float).reshape(-1, 4) for i in group])
        for group in names
    ]
    savemat(folder / 'wider_face_val.mat', dict(lists, face_bbx_list=cell(faces)))
    for subset in ('easy', 'medium', 'hard'):
        chosen = [
            cell([np.array(counting[subset][i], float).reshape(-1, 1) for i in group])
            for group in names
        ]
        savemat(folder / f'wider_{subset}_val.mat', dict(lists, gt_list=cell(chosen)))
