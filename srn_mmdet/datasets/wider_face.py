"""WIDER FACE (Yang et al., CVPR 2016), read as it is distributed."""

import os.path as osp

import numpy as np
from mmdet.datasets import BaseDetDataset
from mmdet.registry import DATASETS
from mmengine.logging import print_log

from ..files.wider_face_txt import COLUMNS, read_bbx_gt, read_list

_ATTRIBUTES = COLUMNS[4:]
_WHERE = (
    'WIDER FACE comes in WIDER_train.zip, WIDER_val.zip, WIDER_test.zip and '
    'wider_face_split.zip from its home page; unpack them into data_root'
)


@DATASETS.register_module()
class WIDERFace(BaseDetDataset):
    """WIDER FACE from the official ``wider_face_split/*.txt``.

    (mmdet's own WIDERFaceDataset reads XML that a third party made from them.)

    Boxes become (x1, y1, x2, y2) in pixels of the raw image, so images must be loaded
    without applying their EXIF orientation (``color_type='color_ignore_orientation'``).
    Boxes without area (narrower or lower than a pixel) are left out, ``invalid`` ones
    are kept as regions to ignore, images without faces stay. Boxes over the border are
    left as annotated: the size of an image is known when it is loaded. What was found
    is logged once.

    Args:
        ann_file: ``*_bbx_gt.txt``, or a list of images without annotations
            (``wider_face_test_filelist.txt``), relative to ``data_root``.
        data_prefix: ``img`` is the folder of the event folders.
        image_list: File with a subset, ``EVENT/NAME.jpg`` a line; only these are used.
            Relative to ``data_root``.
        The other arguments are BaseDetDataset's. ``filter_cfg=dict(
        filter_empty_gt=True)`` leaves out images without a valid face, in training.

    Raises:
        FileNotFoundError: The annotation file or the first image is not there.
        ValueError: A line breaks the format, or ``image_list`` names unknown images.
    """

    METAINFO = {'classes': ('face',), 'palette': [(0, 255, 0)]}

    def __init__(
        self,
        *args,
        ann_file: str = 'wider_face_split/wider_face_train_bbx_gt.txt',
        data_prefix: dict | None = None,
        image_list: str | None = None,
        **kwargs,
    ) -> None:
        self.image_list = image_list
        super().__init__(
            *args,
            ann_file=ann_file,
            data_prefix=data_prefix or dict(img='WIDER_train/images'),
            **kwargs,
        )

    def load_data_list(self) -> list[dict]:
        if not osp.isfile(self.ann_file):
            raise FileNotFoundError(f'{self.ann_file}: no such file. {_WHERE}')
        if self.ann_file.endswith('filelist.txt'):
            faces = {name: _NO_FACES for name in read_list(self.ann_file)}
        else:
            faces = read_bbx_gt(self.ann_file)
        if self.image_list is not None:
            faces = self._subset(faces)
        folder = self.data_prefix['img']
        first = osp.join(folder, next(iter(faces), ''))
        if not osp.exists(first):
            raise FileNotFoundError(f'{first}: no such image. {_WHERE}')
        self._log_counts(faces)
        return [
            dict(
                img_id=number,
                img_path=osp.join(folder, name),
                file_name=name,
                # one array an image: dicts of all 159,420 faces take seconds
                faces=rows[(rows[:, 2] >= 1) & (rows[:, 3] >= 1)],
            )
            for number, (name, rows) in enumerate(faces.items())
        ]

    def _subset(self, faces: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        path = self.image_list
        if not osp.isabs(path):
            path = osp.join(self.data_root, path)
        names = read_list(path)
        unknown = [name for name in names if name not in faces]
        if unknown or not names:
            what = f'{len(unknown)} images not in' if unknown else 'no images of'
            example = f', {unknown[0]!r} the first' if unknown else ''
            raise ValueError(f'{path} lists {what} {self.ann_file}{example}')
        return {name: faces[name] for name in names}

    def _log_counts(self, faces: dict[str, np.ndarray]) -> None:
        rows = np.concatenate([*faces.values(), _NO_FACES])
        flat = (rows[:, 2] < 1) | (rows[:, 3] < 1)
        invalid = ~flat & (rows[:, COLUMNS.index('invalid')] == 1)
        outside = ~flat & (rows[:, :2] < 0).any(1)
        empty = sum(not len(of_image) for of_image in faces.values())
        print_log(
            f'{self.ann_file}: {len(faces)} images ({empty} without faces), '
            f'{len(rows)} faces: {flat.sum()} without area left out, {invalid.sum()} '
            f'invalid ignored, {outside.sum()} begin outside the image',
            'current',
        )

    def get_data_info(self, idx: int) -> dict:
        info = super().get_data_info(idx)
        info['instances'] = [
            dict(
                bbox=[x, y, x + w, y + h],
                bbox_label=0,
                ignore_flag=attributes[3],
                **dict(zip(_ATTRIBUTES, attributes, strict=True)),
            )
            for x, y, w, h, *attributes in info.pop('faces').tolist()
        ]
        return info

    def filter_data(self) -> list[dict]:
        filter_cfg = self.filter_cfg or {}
        if self.test_mode or not filter_cfg.get('filter_empty_gt', False):
            return self.data_list
        invalid = COLUMNS.index('invalid')
        return [
            info for info in self.data_list if (info['faces'][:, invalid] == 0).any()
        ]


_NO_FACES = np.zeros((0, len(COLUMNS)), np.int32)
