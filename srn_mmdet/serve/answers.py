"""What the JSON API answers."""

import base64

import numpy as np
from pydantic import BaseModel, Field

from ..visualization.two_steps import FilteredLevel, MovedLevel, Steps

Box = tuple[float, float, float, float]


class Face(BaseModel):
    """A face: corners in pixels of the picture as one sees it, and a score."""

    box: Box = Field(description='x1, y1, x2, y2')
    score: float


class Faces(BaseModel):
    """The faces of a picture, best first."""

    width: int
    height: int
    faces: list[Face]
    note: str = Field('', description='what is wrong with the picture, if anything')


class Filtered(BaseModel):
    """STC on one level."""

    level: int = Field(description='of the pyramid; 0 is P2')
    stride: int = Field(description='pixels of the network input from place to place')
    cell: tuple[float, float] = Field(description='the same in pixels of the picture')
    size: tuple[int, int] = Field(description='places: height, width')
    anchors: int = Field(description='anchors a place')
    dropped: float = Field(description='share of the anchors that was dropped')
    scores: str = Field(
        description='base64, a byte a place, row by row: best face probability x 255'
    )
    left: str = Field(
        description='base64, a byte a place: anchors that went on to the second step'
    )


class Moved(BaseModel):
    """An anchor that STR moved onto a face."""

    before: Box
    after: Box
    face: int = Field(description='index in faces')
    iou_before: float = Field(description='overlap with that face')
    iou_after: float


class MovedOfLevel(BaseModel):
    """STR on one level: anchors that, moved, overlap a face by .5 or more."""

    level: int
    stride: int
    anchors: list[Moved]


class FacesAndSteps(Faces):
    """The faces, and what each step did; both lists are empty for other detectors."""

    stc: list[Filtered]
    str: list[MovedOfLevel]


class Info(BaseModel):
    """What this server does, and its limits."""

    version: str
    score_thr: float = Field(description='no face below this score is given')
    max_bytes: int
    max_pixels: int


class Health(BaseModel):
    """Whether the server is alive, and how busy."""

    status: str
    inside: int = Field(description='requests that wait or are computed')
    computed: int = Field(description='pictures looked at since the start')


class Error(BaseModel):
    """Why there is no result."""

    error: str


def faces_of(boxes: np.ndarray, size: tuple[int, int], note: str) -> dict:
    """The fields of :class:`Faces`."""
    faces = [
        Face(box=_rounded(row[:4]), score=round(float(row[4]), 4)) for row in boxes
    ]
    return dict(width=size[1], height=size[0], faces=faces, note=note)


def steps_of(steps: Steps, note: str) -> FacesAndSteps:
    return FacesAndSteps(
        **faces_of(steps.boxes, steps.size, note),
        stc=[_filtered(level) for level in steps.filtered],
        str=[_moved(level) for level in steps.moved],
    )


def _filtered(of: FilteredLevel) -> Filtered:
    return Filtered(
        level=of.level,
        stride=of.stride,
        cell=of.cell,
        size=of.scores.shape,
        anchors=of.anchors,
        dropped=of.dropped_share,
        scores=_bytes((of.scores * 255).round()),
        left=_bytes(of.left),
    )


def _moved(of: MovedLevel) -> MovedOfLevel:
    rows = zip(of.before, of.after, of.faces, of.ious, strict=True)
    anchors = [
        Moved(
            before=_rounded(before),
            after=_rounded(after),
            face=int(face),
            iou_before=round(float(ious[0]), 3),
            iou_after=round(float(ious[1]), 3),
        )
        for before, after, face, ious in rows
    ]
    return MovedOfLevel(level=of.level, stride=of.stride, anchors=anchors)


def _bytes(places: np.ndarray) -> str:
    return base64.b64encode(places.astype(np.uint8).tobytes()).decode()


def _rounded(box: np.ndarray) -> Box:
    x1, y1, x2, y2 = (round(float(x), 2) for x in box)
    return x1, y1, x2, y2
