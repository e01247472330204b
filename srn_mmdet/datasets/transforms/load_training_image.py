"""Loading images to train on, where some cannot be read."""

import fcntl
import logging
import os
from pathlib import Path

import cv2
from mmcv.transforms import LoadImageFromFile
from mmdet.registry import TRANSFORMS
from mmengine.logging import print_log


@TRANSFORMS.register_module()
class LoadTrainingImage(LoadImageFromFile):
    """LoadImageFromFile that passes over what is no image, or says which one it is.

    An image that is passed over is replaced by a random other one, as mmengine's data
    sets do where a transform gives None.

    Args:
        action: 'skip', with one warning a file, or 'stop'.
        record: A file that gets a line for each file passed over: its path, a tab and
            the reason. It is shared by all workers, and what keeps a second warning back.
        max_in_a_row: Stop after this many failures one after the other in a worker: the
            folder is wrong, not a file.
        The other arguments are LoadImageFromFile's.

    Raises:
        ValueError: An image cannot be read, and ``action`` is 'stop' or it is one too
            many.
    """

    def __init__(
        self,
        *args,
        action: str = 'skip',
        record: str | None = None,
        max_in_a_row: int = 50,
        **kwargs,
    ) -> None:
        if action not in ('stop', 'skip'):
            raise ValueError(
                f"LoadTrainingImage: action={action!r}, not 'stop', 'skip'"
            )
        super().__init__(*args, **kwargs)
        self.action = action
        self.record = record
        self.max_in_a_row = max_in_a_row
        self.in_a_row = 0

    def transform(self, results: dict) -> dict | None:
        path = results['img_path']
        try:
            loaded = super().transform(results)
        except FileNotFoundError:
            reason = 'no such file'
        except OSError as error:
            reason = error.strerror or str(error)
        except (cv2.error, AssertionError, ValueError):
            empty = os.path.isfile(path) and os.path.getsize(path) == 0
            reason = 'an empty file' if empty else 'not an image that can be read'
        else:
            self.in_a_row = 0
            return loaded
        if self.action == 'stop':
            raise ValueError(
                f'{path}: {reason} (--on-bad-image skip passes such images over)'
            )
        self.in_a_row += 1
        if self.in_a_row >= self.max_in_a_row:
            raise ValueError(
                f'{path}: {reason}; so it was with {self.in_a_row} images in a row'
            )
        self._note(path, reason)
        return None

    def _note(self, path: str, reason: str) -> None:
        """Warn of a file once, whichever worker comes to it first."""
        if self.record is not None:
            Path(self.record).parent.mkdir(parents=True, exist_ok=True)
            with open(self.record, 'a+', errors='surrogateescape') as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed
                file.seek(0)
                if any(line.startswith(f'{path}\t') for line in file):
                    return
                file.write(f'{path}\t{reason}\n')
        print_log(f'{path}: {reason}; passed over', 'current', logging.WARNING)
