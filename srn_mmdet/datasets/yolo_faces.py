"""Boxes as YOLO's text files have them."""

import os.path as osp
from collections import Counter
from pathlib import Path

from mmdet.datasets import BaseDetDataset
from mmdet.registry import DATASETS
from PIL import Image

from ..files.image_names import ENDINGS, is_visible
from ..files.text_file import finite_numbers, read_text


@DATASETS.register_module()
class YOLOFaces(BaseDetDataset):
    """Images in a folder, and for each NAME.jpg a NAME.txt in another.

    A line is a box: the class's number, then the middle's x and y, the width and the
    height as parts of the image's. An image without a file, or with an empty one, has no
    faces. Boxes are those of the raw image, without its EXIF orientation.

    Args:
        ann_file: The folder of the text files.
        data_prefix: ``img`` is the folder of the images.
        metainfo: ``classes`` in the order of their numbers; boxes of a higher number are
            left out.
        The other arguments are BaseDetDataset's.

    Raises:
        FileNotFoundError: One of the folders is not there, or no image in it.
        ValueError: A line is no box; names the file and the line.
    """

    METAINFO = {'classes': ('face',), 'palette': [(0, 255, 0)]}

    def load_data_list(self) -> list[dict]:
        folder, labels = Path(self.data_prefix['img']), Path(self.ann_file)
        for path in (folder, labels):
            if not path.is_dir():
                raise FileNotFoundError(f'{path}: no such folder')
        images = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in ENDINGS and is_visible(path.name)
        )
        if not images:
            raise FileNotFoundError(f'{folder}: no images in it')
        self.found = Counter()
        return [self._info(path, labels) for path in images]

    def categories(self) -> Counter:
        """The numbers of the classes in the files, and how many boxes have each."""
        classes = dict(enumerate(self.metainfo['classes']))
        return Counter({classes.get(k, f'class {k}'): n for k, n in self.found.items()})

    def _info(self, path: Path, labels: Path) -> dict:
        try:
            with Image.open(path) as image:
                width, height = image.size
        except OSError:  # said, or passed over, when it is loaded
            width = height = 0
        rows = _read(labels / f'{path.stem}.txt')
        self.found.update(row[0] for row in rows)
        instances = [
            dict(
                bbox=[
                    (x - w / 2) * width,
                    (y - h / 2) * height,
                    (x + w / 2) * width,
                    (y + h / 2) * height,
                ],
                bbox_label=number,
                ignore_flag=0,
            )
            for number, x, y, w, h in rows
            if number < len(self.metainfo['classes'])
        ]
        return dict(
            img_id=osp.join(path.parent.name, path.name),
            img_path=str(path),
            width=width,
            height=height,
            instances=instances,
        )

    def filter_data(self) -> list[dict]:
        if self.test_mode or not (self.filter_cfg or {}).get('filter_empty_gt'):
            return self.data_list
        return [info for info in self.data_list if info['instances']]


def _read(path: Path) -> list[tuple]:
    if not path.is_file():
        return []
    rows = []
    for number, line in enumerate(read_text(path).split('\n'), 1):
        if not line.strip():
            continue
        try:
            label, x, y, w, h = finite_numbers(line.split()).tolist()
            good = label == int(label) >= 0 and 0 < w <= 1 and 0 < h <= 1
            if not (good and 0 <= x <= 1 and 0 <= y <= 1):
                raise ValueError
        except (ValueError, AttributeError):
            raise ValueError(
                f'{path}:{number}: {line[:60]!r} is no box: wants the number of a class '
                'and x, y of the middle, width, height in 0..1'
            ) from None
        rows.append((int(label), x, y, w, h))
    return rows
