"""Looks: parts of a picture, reduced and turned, that a network is shown one by one.

A network finds faces of some sizes only, upright ones best. So a picture is looked at
more than once, and of each look only the boxes count that it is meant for.
"""

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np

from ..checked_arguments import switch, whole


@dataclass(frozen=True)
class Looking:
    """How pictures are looked at.

    Args:
        max_side: A picture whose longer side is over this is reduced to it; None never
            reduces.
        min_side: A picture whose longer side is under this is enlarged to it, as a tight
            crop of a face; 0 never enlarges.
        large_side: A second look at the picture, reduced to this longer side, is for
            faces larger than the network's largest anchors; 0: none.
        small: Also look at the picture enlarged one and a half times, for small faces.
        tiles: Also look at tiles of this many pixels, at full size, that overlap by
            ``overlap``: for small faces in large pictures; None: none.
        turned: Also look at the picture turned by one, two and three quarters.
        overlap: Of tiles, pixels.
    """

    max_side: int | None = 1280
    min_side: int = 128
    large_side: int = 320
    small: bool = False
    tiles: int | None = None
    turned: bool = False
    overlap: int = 128

    def __post_init__(self) -> None:
        for name in ('min_side', 'large_side', 'overlap'):
            whole(getattr(self, name), name, 0)
        if self.max_side is not None:
            whole(self.max_side, 'max_side')
        if self.tiles is not None:
            whole(self.tiles, 'tiles', 2 * self.overlap or 1)
        switch(self.small, 'small')
        switch(self.turned, 'turned')


@dataclass(frozen=True)
class Look:
    """One look.

    Args:
        part: x1, y1, x2, y2 of the picture.
        size: Height and width that the part is resized to, before it is turned.
        turns: Quarter turns against the clock.
        smallest, largest: Of the boxes that count, the longer side in pixels of what is
            shown.
        inner: Whether the part's left, upper, right and lower border is inside the
            picture, so that boxes which touch it are cut off.
    """

    part: tuple[int, int, int, int]
    size: tuple[int, int]
    turns: int = 0
    smallest: float = 0.0
    largest: float = float('inf')
    inner: tuple[bool, bool, bool, bool] = (False,) * 4

    def show(self, picture: np.ndarray) -> np.ndarray:
        """What the network is shown."""
        x1, y1, x2, y2 = self.part
        shown = picture[y1:y2, x1:x2]
        height, width = self.size
        if shown.shape[:2] != self.size:
            reduce = height * width < shown.shape[0] * shown.shape[1]
            how = cv2.INTER_AREA if reduce else cv2.INTER_LINEAR
            shown = cv2.resize(shown, (width, height), interpolation=how)
        return np.ascontiguousarray(np.rot90(shown, self.turns))

    def place(self, rows: np.ndarray) -> np.ndarray:
        """The boxes that count, in pixels of the picture.

        Args:
            rows: (n, 5) x1, y1, x2, y2 in pixels of what was shown, score.
        """
        side = (rows[:, 2:4] - rows[:, :2]).max(1, initial=0)
        rows = rows[(side >= self.smallest) & (side < self.largest)]
        height, width = self.size
        boxes = _turn_back(rows[:, :4], self.turns, height, width)
        ends = np.array([0, 0, width, height])
        cut = (np.abs(boxes - ends) < _TOUCHES) & np.array(self.inner)
        x1, y1, x2, y2 = self.part
        factor = np.array([(x2 - x1) / width, (y2 - y1) / height] * 2)
        boxes = boxes * factor + np.array([x1, y1] * 2)
        rows = np.concatenate([boxes, rows[:, 4:]], 1).astype(np.float32)
        return rows[~cut.any(1)]


#: a box that ends so few pixels from the border of a tile goes on beyond it
_TOUCHES = 2
#: of the second look, the longer side of the boxes that count; and of the first look,
#: the same in pixels of the second
_LARGE, _NOT_LARGE = 64, 128
#: the look for small faces, chosen on training images that no training saw: how much
#: larger it is; and in pixels of the usual look, the boxes that count up to this side,
#: and those of the usual look from this on
_ENLARGED, _SMALL, _NOT_SMALL = 1.5, 64, 32


def plan(height: int, width: int, looking: Looking) -> list[Look]:
    """The looks at a picture, the usual one first."""
    longer, whole = max(height, width), (0, 0, width, height)
    shown = longer if looking.max_side is None else min(longer, looking.max_side)
    shown = max(shown, looking.min_side)
    large = looking.large_side if looking.large_side < shown else 0
    looks = [
        Look(
            whole,
            _size(height, width, shown / longer),
            smallest=_NOT_SMALL if looking.small else 0,
            largest=_NOT_LARGE * shown / large if large else float('inf'),
        )
    ]
    if large:
        looks.append(Look(whole, _size(height, width, large / longer), smallest=_LARGE))
    if looking.small:
        size = _size(height, width, _ENLARGED * shown / longer)
        looks.append(Look(whole, size, largest=_ENLARGED * _SMALL))
    if looking.tiles is not None and longer > shown:
        looks += _tiles(height, width, looking)
    if looking.turned:
        looks = [
            Look(look.part, look.size, turns, look.smallest, look.largest, look.inner)
            for turns in range(4)
            for look in looks
        ]
    return looks


def _tiles(height: int, width: int, looking: Looking) -> list[Look]:
    """Tiles of equal overlap over the whole picture.

    A face that is no larger than the overlap is whole in one of them.
    """
    assert looking.tiles is not None
    looks = []
    for y1, y2 in _spans(height, looking.tiles, looking.overlap):
        for x1, x2 in _spans(width, looking.tiles, looking.overlap):
            inner = (x1 > 0, y1 > 0, x2 < width, y2 < height)
            looks.append(Look((x1, y1, x2, y2), (y2 - y1, x2 - x1), inner=inner))
    return looks


def _spans(length: int, tile: int, overlap: int) -> list[tuple[int, int]]:
    if length <= tile:
        return [(0, length)]
    number = ceil((length - overlap) / (tile - overlap))
    starts = np.linspace(0, length - tile, number).round().astype(int)
    return [(int(start), int(start) + tile) for start in starts]


def _size(height: int, width: int, factor: float) -> tuple[int, int]:
    return max(round(height * factor), 1), max(round(width * factor), 1)


def _turn_back(boxes: np.ndarray, turns: int, height: int, width: int) -> np.ndarray:
    """Boxes of a picture (height, width) that was turned by numpy's rot90."""
    x1, y1, x2, y2 = boxes.T
    if turns == 1:
        boxes = np.stack([width - y2, x1, width - y1, x2], 1)
    elif turns == 2:
        boxes = np.stack([width - x2, height - y2, width - x1, height - y1], 1)
    elif turns == 3:
        boxes = np.stack([y1, height - x2, y2, height - x1], 1)
    return boxes
