"""What the two steps did with a picture, to be shown."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class FilteredLevel:
    """STC on one level: the first step's scores, and what they left.

    Attributes:
        level: Of the pyramid; 0 is P2.
        stride: Pixels of the network's input from place to place.
        cell: The same in the picture's pixels, (x, y).
        scores: (H, W) float32, the best face probability of a place's anchors.
        left: (H, W) int64, how many of a place's anchors go on to the second step.
        anchors: Anchors of a place.
    """

    level: int
    stride: int
    cell: tuple[float, float]
    scores: np.ndarray
    left: np.ndarray
    anchors: int

    @property
    def dropped_share(self) -> float:
        """The share of the level's anchors that the first step dropped."""
        return 1 - float(self.left.sum()) / (self.left.size * self.anchors)


@dataclass
class MovedLevel:
    """STR on one level: those anchors that, moved, overlap a face by .5 or more.

    Attributes:
        level, stride: As in :class:`FilteredLevel`.
        before, after: (n, 4) float32, x1, y1, x2, y2 in the picture's pixels.
        faces: (n,) int64, the row of :attr:`Steps.boxes` that each overlaps most.
        ious: (n, 2) float32, that overlap before and after the move.
    """

    level: int
    stride: int
    before: np.ndarray
    after: np.ndarray
    faces: np.ndarray
    ious: np.ndarray


@dataclass
class Steps:
    """A detection and the two steps that led to it.

    Attributes:
        boxes: (n, 5) float32, as ``SRNInferencer`` gives them.
        size: (height, width) of the picture.
        filtered, moved: STC's and STR's levels; empty where the head has no such step.
    """

    boxes: np.ndarray
    size: tuple[int, int]
    filtered: list[FilteredLevel] = field(default_factory=list)
    moved: list[MovedLevel] = field(default_factory=list)
