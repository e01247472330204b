"""How many images and faces a data set has, said before anything is done with it."""

import json
import logging
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mmdet.datasets import XMLDataset
from mmdet.registry import DATASETS
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log

from srn_mmdet.datasets.wider_face_txt import COLUMNS


def check_faces(dataset) -> None:
    """Log how many images and faces a data set has, and stop where there are none.

    A set to train on that has no face at all is refused. So is one to test on whose
    annotation file has boxes, but of other classes only; one without any box may be as
    it is meant: the labels of WIDER FACE's test images are not public, and those of AFW,
    FDDB and PASCAL Face are read by their metrics.

    Raises:
        ValueError: Names the file and the categories that it has.
    """
    parts = list(_parts(dataset))
    counts = [_count(part) for part in parts]
    if parts and not any(counts) and not all(part.test_mode for part in parts):
        raise ValueError(_said(parts[0], counts[0]) + _why(parts[0]))
    for part, count in zip(parts, counts, strict=True):
        classes = enumerate(part.metainfo.get('classes') or ())
        absent = ', '.join(repr(name) for label, name in classes if not count[label])
        if count:
            print_log(_said(part, count), 'current')
        elif part.test_mode and _categories(part):
            raise ValueError(_said(part, count) + _why(part))
        elif part.test_mode:
            text, level = f'{part.ann_file}: {len(part)} images', logging.INFO
            if hasattr(part, 'categories'):  # own faces, whose AP is of these boxes
                text, level = (
                    f'{text}, 0 faces: there is no AP of them',
                    logging.WARNING,
                )
            print_log(text, 'current', level)
            continue
        known = part.metainfo.get('classes') or ()
        found = part.categories() if hasattr(part, 'categories') else {}
        others = {name: number for name, number in found.items() if name not in known}
        if count and others:
            text = f'boxes of other classes are left out: {_listed(others)}'
            print_log(f'{part.ann_file}: {text}', 'current', logging.WARNING)
        if absent:
            text = f'{part.ann_file}: no box of class {absent}'
            print_log(text, 'current', logging.WARNING)


def no_images(config: dict) -> str:
    """What is wrong with the config of a data set in which no image is left."""
    while isinstance(config.get('dataset'), dict):
        config = config['dataset']
    dataset = DATASETS.build(dict(config, lazy_init=True))
    number = len(dataset.load_data_list())
    if not number:
        return f'{dataset.ann_file}: 0 images'
    return f'{dataset.ann_file}: {number} images, 0 faces{_why(dataset)}'


def _parts(dataset) -> Iterator[BaseDataset]:
    """The data sets inside of others that repeat or join them."""
    if isinstance(dataset, BaseDataset):
        yield dataset
    for inner in getattr(dataset, 'datasets', None) or [
        getattr(dataset, 'dataset', None)
    ]:
        if inner is not None:
            yield from _parts(inner)


def _count(part: BaseDataset) -> Counter:
    """How many boxes of each label there are, without those to ignore."""
    counts = Counter()
    for index in range(len(part)):
        # not of the subclass: WIDERFace makes dicts of faces there, which takes seconds
        info = BaseDataset.get_data_info(part, index)
        if 'faces' in info:
            counts[0] += int((info['faces'][:, COLUMNS.index('invalid')] == 0).sum())
        counts.update(
            instance['bbox_label']
            for instance in info.get('instances', ())
            if not instance.get('ignore_flag')
        )
    return +counts


def _said(part: BaseDataset, count: Counter) -> str:
    return f'{part.ann_file}: {len(part)} images, {count.total()} faces'


def _why(part: BaseDataset) -> str:
    """What the annotation file has in the place of the classes that are asked for."""
    classes = ', '.join(map(repr, part.metainfo.get('classes') or ()))
    found = _categories(part)
    if not found:
        return f' of class {classes}: no boxes are in it'
    first = max(found, key=found.get)
    return (
        f' of class {classes}: its categories are {_listed(found)}; name those that are '
        f'meant in the data set, metainfo=dict(classes=({first!r},)), or mend the file'
    )


def _listed(categories: dict[str, int]) -> str:
    return ', '.join(
        f'{name!r} ({number} boxes)' for name, number in categories.items()
    )


def _categories(part: BaseDataset) -> Counter:
    """The names of all boxes in an annotation file and their numbers."""
    if hasattr(part, 'categories'):
        return part.categories()
    if isinstance(part, XMLDataset):
        files = [part.get_data_info(i)['xml_path'] for i in range(len(part))]
        return Counter(
            name.text
            for file in files
            for name in ET.parse(file).iterfind('object/name')
        )
    if Path(part.ann_file).suffix != '.json':
        return Counter()
    content = json.loads(Path(part.ann_file).read_bytes())
    names = {c['id']: c['name'] for c in content.get('categories', ())}
    return Counter(
        names.get(box['category_id']) for box in content.get('annotations', ())
    )
