"""Boxes as Pascal VOC's XML files have them."""

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from mmdet.datasets import XMLDataset
from mmdet.registry import DATASETS

from ..files.image_names import ENDINGS
from ..files.text_file import finite_numbers
from ..files.wider_face_txt import read_list

_CORNERS = ('xmin', 'ymin', 'xmax', 'ymax')


@DATASETS.register_module()
class VOCFaces(XMLDataset):
    """mmdet's XMLDataset, of files that are looked through first.

    The images end in .jpg or in another known ending, of any case.
    Boxes of other classes than ``metainfo``'s are left out, and counted in
    :meth:`categories`.

    Raises:
        FileNotFoundError: A listed image has no XML file; names it.
        ValueError: A file is no XML, or an object in it has no name or no box; or an
            image is listed twice.
    """

    METAINFO = {'classes': ('face',), 'palette': [(0, 255, 0)]}

    def load_data_list(self) -> list[dict]:
        names = Counter(read_list(self.ann_file))
        doubled = [name for name, number in names.items() if number > 1]
        if doubled:
            raise ValueError(f'{self.ann_file}: {doubled[0]} is listed a second time')
        self.found = Counter()
        return super().load_data_list()

    def parse_data_info(self, img_info: dict) -> dict:
        self.found.update(_check(img_info['xml_path']))
        info = super().parse_data_info(img_info)
        info['img_path'] = _as_it_ends(info['img_path'])
        return info

    def categories(self) -> Counter:
        """The names in the files and how many boxes have each."""
        return self.found


def _as_it_ends(path: str) -> str:
    """The image's file, which XMLDataset calls .jpg, by the ending that it has."""
    name = path.removesuffix('.jpg')
    endings = [end for known in ENDINGS for end in (known, known.upper())]
    return next((name + end for end in endings if Path(name + end).is_file()), path)


def _check(path: str) -> list[str]:
    """The names of the objects in a file."""
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: no such file')
    try:
        root = ET.parse(path).getroot()
    except (
        ET.ParseError,
        LookupError,
        ValueError,
    ) as error:  # an unknown encoding, too
        line = getattr(error, 'position', (1,))[0]
        raise ValueError(f'{path}:{line}: no XML ({error})') from None
    if root.tag != 'annotation':
        raise ValueError(f'{path}: wanted is <annotation>, got <{root.tag}>')
    if root.find('size') is not None:
        sides = [
            root.findtext(f'size/{side}', '').strip() for side in ('width', 'height')
        ]
        if not all(s.isascii() and s.isdigit() and int(s) > 0 for s in sides):
            raise ValueError(f'{path}: has the width and height {sides}')
    names = []
    for number, element in enumerate(root.iterfind('object'), 1):
        names.append(element.findtext('name') or '')
        words = [
            element.findtext(f'bndbox/{corner}', '').strip() for corner in _CORNERS
        ]
        box = finite_numbers(words)
        difficult = element.findtext('difficult', '0').strip()
        if not names[-1].strip() or box is None or (box[2:] < box[:2]).any():
            raise ValueError(
                f'{path}: object {number} has the name {names[-1]!r} and the box {words}'
                f'; wanted are {", ".join(_CORNERS)}'
            )
        if difficult not in ('0', '1'):
            raise ValueError(f'{path}: object {number} is difficult {difficult[:20]!r}')
    return names
