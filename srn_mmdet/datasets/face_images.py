"""Test sets of images whose annotations their metric reads: FDDB, AFW, PASCAL Face."""

import os.path as osp
from collections.abc import Iterable

from mmdet.datasets import BaseDetDataset
from mmdet.registry import DATASETS

from ..evaluation.files.afw_pascal import read_image_names
from ..files.image_names import visible_files
from ..files.wider_face_txt import read_list


class _FaceImages(BaseDetDataset):
    """Images by name, without annotations.

    The protocols of these benchmarks know shapes and flags that a detector's data
    pipeline does not (ellipses, faces to ignore), so their metrics read the official
    annotations, and the data set reads which images there are.

    Args:
        ann_file: Where the names are; see the subclass.
        data_prefix: ``img`` is the folder of the images.
        allow_missing: Leave out images that are not there, and say how many; otherwise
            they are an error.
        The other arguments are BaseDetDataset's.
    """

    METAINFO = {'classes': ('face',), 'palette': [(0, 255, 0)]}
    where = ''

    def __init__(self, *args, allow_missing: bool = False, **kwargs) -> None:
        self.allow_missing = allow_missing
        super().__init__(*args, test_mode=True, **kwargs)

    def names(self) -> Iterable[str]:
        """Image names, with folders and ending, below ``data_prefix['img']``."""
        raise NotImplementedError

    def load_data_list(self) -> list[dict]:
        if not osp.exists(self.ann_file):
            raise FileNotFoundError(f'{self.ann_file}: no such file. {self.where}')
        folder = self.data_prefix['img']
        infos, missing = [], []
        for name in self.names():
            path = osp.join(folder, name)
            if osp.exists(path):
                infos.append(dict(img_id=len(infos), img_path=path, instances=[]))
            else:
                missing.append(path)
        if missing and not (self.allow_missing and infos):
            raise FileNotFoundError(
                f'{missing[0]}: no such image ({len(missing)} missing). {self.where}'
            )
        return infos


@DATASETS.register_module()
class FDDB(_FaceImages):
    """FDDB's 2,845 images. ``ann_file`` is the folder FDDB-folds.

    The images are originalPics/ of the archive, ``data_prefix=dict(img='originalPics')``.
    """

    where = (
        'FDDB comes in originalPics.tar.gz and FDDB-folds.tgz from its home page; unpack '
        'both into data_root'
    )

    def names(self) -> Iterable[str]:
        folds = visible_files(self.ann_file, 'FDDB-fold-[0-9][0-9].txt')
        for fold in folds:
            yield from (f'{name}.jpg' for name in read_list(fold))


class _MatImages(_FaceImages):
    def names(self) -> Iterable[str]:
        return read_image_names(self.ann_file)


@DATASETS.register_module()
class AFW(_MatImages):
    """AFW's 205 images. ``ann_file`` is new_annotations_AFW.mat or anno2.mat."""

    where = (
        'AFW comes in AFW.zip (testimages/) from its authors, new_annotations_AFW.mat '
        'with the evaluation code of "Face detection without bells and whistles"'
    )


@DATASETS.register_module()
class PASCALFace(_MatImages):
    """PASCAL Face's 851 images out of PASCAL VOC, ``ann_file`` its .mat."""

    where = (
        'the images of PASCAL Face are in the JPEGImages of PASCAL VOC, its .mat comes '
        'with the evaluation code of "Face detection without bells and whistles"'
    )
