"""Carrying boxes from frame to frame, so that a face missed once stays covered.

A detection belongs to the track whose last box it overlaps most, by ``IOU`` at least;
each takes one. Detections of a score over the threshold begin a track; those of half of
it only continue one. A track that finds none keeps its last box, wider by ``GROWS`` each
second, for ``HOLD`` seconds, and then ends.
"""

from dataclasses import dataclass

import numpy as np

IOU, HOLD, GROWS = 0.3, 0.7, 0.5


@dataclass
class Track:
    """One face over time; ``missed`` is the seconds since it was last detected."""

    number: int
    box: np.ndarray
    score: float
    missed: float = 0.0

    def held(self) -> np.ndarray:
        """Where the face is taken to be: (x1, y1, x2, y2)."""
        margin = (self.box[2:] - self.box[:2]) * GROWS * self.missed / 2
        return np.concatenate([self.box[:2] - margin, self.box[2:] + margin])


class Tracker:
    """Follows the faces of a video.

    Args:
        score_thr: Of detections that begin a track.

    Attributes:
        count: Tracks so far.
    """

    def __init__(self, score_thr: float) -> None:
        self.score_thr = score_thr
        self.tracks: list[Track] = []
        self.count = 0

    @property
    def lowest(self) -> float:
        """Detections from this score on are of use."""
        return self.score_thr / 2

    def step(self, rows: np.ndarray, seconds: float) -> list[Track]:
        """Take the detections of the next frame.

        Args:
            rows: (n, 5): x1, y1, x2, y2, score.
            seconds: Since the frame before.

        Returns:
            The tracks that are there now; ``held`` says where.
        """
        for track in self.tracks:
            track.missed += seconds
        overlaps = _iou(np.array([t.box for t in self.tracks]).reshape(-1, 4), rows)
        free = np.ones(len(rows), bool)
        while overlaps.size and overlaps.max() >= IOU:
            track, row = np.unravel_index(overlaps.argmax(), overlaps.shape)
            found = self.tracks[track]
            found.box, found.score = rows[row, :4].astype(float), float(rows[row, 4])
            found.missed = 0.0
            free[row] = False
            overlaps[track], overlaps[:, row] = -1, -1
        self.tracks = [track for track in self.tracks if track.missed <= HOLD]
        for row in rows[free & (rows[:, 4] > self.score_thr)]:
            self.count += 1
            self.tracks.append(Track(self.count, row[:4].astype(float), float(row[4])))
        return list(self.tracks)


def _iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    inter = (high - low).clip(0).prod(2)
    areas = [(x[:, 2:4] - x[:, :2]).prod(1) for x in (a, b)]
    return inter / np.maximum(areas[0][:, None] + areas[1] - inter, 1e-9)
