"""Files that mmengine and mmcv write: whole or not at all, with an error that names them.

Checkpoints, drawn pictures, dumped predictions and configs all go through mmengine's
backend for local files, which leaves what a full disk has cut off and does not say where.
"""

from mmengine.fileio import LocalBackend, register_backend

from srn_mmdet.written_aside import write_file


class WholeFilesBackend(LocalBackend):
    """mmengine's, with files written aside."""

    def put(self, obj: bytes, filepath: str) -> None:
        write_file(filepath, obj)

    def put_text(self, obj: str, filepath: str, encoding: str = 'utf-8') -> None:
        write_file(filepath, obj.encode(encoding))


register_backend('local', WholeFilesBackend, force=True, prefixes='')
