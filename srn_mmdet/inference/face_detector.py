"""What all face detectors of the package share: what they take, and what they give."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import overload

import numpy as np
from PIL import Image

from ..checked_arguments import share, whole
from .looks import Look, Looking, plan
from .merging import merge
from .picture import as_picture

Picture = str | Path | bytes | Image.Image | np.ndarray
_CHUNK = 16  # pictures of a list that are in memory at a time


class FaceDetector(ABC):
    """Finds faces in pictures; a subclass says how a network is run.

    Args:
        batch_size: Looks of one size that the network is shown at a time.
        looking: Keyword arguments of :class:`Looking`.
    """

    def __init__(self, batch_size: int = 4, **looking) -> None:
        self.batch_size = whole(batch_size, 'batch_size')
        self.looking = Looking(**looking)

    @abstractmethod
    def run(self, pictures: np.ndarray) -> list[np.ndarray]:
        """Detect faces in what is shown, nothing else.

        Args:
            pictures: (N, H, W, 3) uint8, BGR.

        Returns:
            For each, (n, 5) float32: x1, y1, x2, y2, score; best first.
        """

    @overload
    def __call__(self, images: Picture, score_thr: float = 0.0) -> np.ndarray: ...

    @overload
    def __call__(
        self, images: list | tuple, score_thr: float = 0.0
    ) -> list[np.ndarray]: ...

    def __call__(
        self, images: Picture | Sequence[Picture], score_thr: float = 0.0
    ) -> np.ndarray | list[np.ndarray]:
        """Detect faces.

        Args:
            images: A picture, as :func:`as_picture` takes it, or a list of such.
            score_thr: Leave out detections up to this.

        Returns:
            (n, 5) float32: x1, y1, x2, y2 in pixels of the picture, and a score; best
            first. A list of them for a list.

        Raises:
            FileNotFoundError, OSError, ValueError, TypeError: As :func:`as_picture`; or
                the threshold is not in [0, 1].
        """
        share(score_thr, 'score_thr')
        if not isinstance(images, list | tuple):
            return self._detect([as_picture(images)], score_thr)[0]
        found = []
        for start in range(0, len(images), _CHUNK):
            pictures = [
                as_picture(image, f'picture {number} of the list')
                for number, image in enumerate(images[start : start + _CHUNK], start)
            ]
            found += self._detect(pictures, score_thr)
        return found

    def _detect(self, pictures: list[np.ndarray], score_thr: float) -> list[np.ndarray]:
        alike: dict[tuple[int, int], list[tuple[int, Look]]] = {}
        for number, picture in enumerate(pictures):
            height, width = picture.shape[:2]
            for look in plan(height, width, self.looking):
                size = look.size[::-1] if look.turns % 2 else look.size
                alike.setdefault(size, []).append((number, look))
        found: list[list[np.ndarray]] = [[] for _ in pictures]
        for looks in alike.values():
            for start in range(0, len(looks), self.batch_size):
                batch = looks[start : start + self.batch_size]
                shown = np.stack(
                    [look.show(pictures[number]) for number, look in batch]
                )
                for (number, look), rows in zip(batch, self.run(shown), strict=True):
                    found[number].append(look.place(rows))
        merged = [merge(of_looks) for of_looks in found]
        return [rows[rows[:, 4] > score_thr] for rows in merged]
