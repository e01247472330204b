"""The readers of WIDER FACE's annotation files, under the name they have had."""

from ..files.wider_face_txt import COLUMNS, read_bbx_gt, read_list

__all__ = ['COLUMNS', 'read_bbx_gt', 'read_list']
