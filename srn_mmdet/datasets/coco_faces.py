"""Boxes as COCO's JSON has them."""

import json
from collections import Counter

from mmdet.datasets import CocoDataset
from mmdet.registry import DATASETS

from ..files.text_file import read_text

_LISTS = ('images', 'annotations', 'categories')


@DATASETS.register_module()
class COCOFaces(CocoDataset):
    """mmdet's CocoDataset, of a file that is looked through first.

    CocoDataset leaves out boxes whose image or category is unknown without a word, and
    ends in a KeyError where something is missing; here both are errors. Boxes of other
    classes than ``metainfo``'s are left out, and counted in :meth:`categories`.

    Raises:
        ValueError: The file is no JSON, or something in it is missing, doubled, unknown
            or no finite number; names the file and what it is.
    """

    METAINFO = {'classes': ('face',), 'palette': [(0, 255, 0)]}

    def load_data_list(self) -> list[dict]:
        self.found = _check(self.ann_file)
        return super().load_data_list()

    def categories(self) -> Counter:
        """The names of the categories and how many boxes have each."""
        return self.found


def _check(path: str) -> Counter:
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(f'{path}:{error.lineno}: no JSON ({error.msg})') from None
    for key in _LISTS:
        entries = content.get(key) if isinstance(content, dict) else None
        if not isinstance(entries, list):
            raise ValueError(f'{path}: has no list "{key}"')
        ids = [e.get('id') if isinstance(e, dict) else None for e in entries]
        for number, entry in enumerate(entries):
            where = f'{path}: {key}[{number}]'
            if type(ids[number]) not in (int, str):
                raise ValueError(f'{where} has no id')
            if wrong := _WRONG[key](entry):
                raise ValueError(f'{where} (id {ids[number]}) {wrong}')
        doubled = [i for i, n in Counter(ids).items() if n > 1]
        if doubled:
            raise ValueError(f'{path}: the id {doubled[0]} is twice in {key}')
    images = {image['id'] for image in content['images']}
    names = {category['id']: category['name'] for category in content['categories']}
    for number, box in enumerate(content['annotations']):
        for key, known in (('image_id', images), ('category_id', names)):
            if not isinstance(box[key], int | str) or box[key] not in known:
                raise ValueError(
                    f'{path}: annotations[{number}] has the {key} '
                    f'{str(box[key])[:40]!r}, which is not in the file'
                )
    return Counter(names[box['category_id']] for box in content['annotations'])


def _wrong_image(image: dict) -> str:
    if not isinstance(image.get('file_name'), str) or not image['file_name']:
        return 'has no file_name'
    sides = [image.get('width'), image.get('height')]
    if not all(type(side) in (int, float) and side >= 1 for side in sides):
        return f'has width and height {sides}, wanted are numbers from 1 on'
    return ''


def _wrong_box(box: dict) -> str:
    for key in ('image_id', 'category_id', 'bbox', 'area'):
        if key not in box:
            return f'has no {key}'
    numbers = [box['area'], *(box['bbox'] if isinstance(box['bbox'], list) else ())]
    if (
        len(numbers) != 5
        or not all(type(n) in (int, float) and abs(n) < 1e9 for n in numbers)
        or min(numbers[0], *numbers[3:]) < 0
    ):
        return (
            f'has the bbox {str(box["bbox"])[:60]} and the area {str(box["area"])[:20]}; '
            'wanted are x, y, width, height, less than 1e9 and but x, y not below 0'
        )
    return ''


def _wrong_category(category: dict) -> str:
    return '' if isinstance(category.get('name'), str) else 'has no name'


_WRONG = dict(zip(_LISTS, (_wrong_image, _wrong_box, _wrong_category), strict=True))
