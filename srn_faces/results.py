"""What is written about a picture: pictures, and JSON, which says that it is done."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from srn_mmdet.visualization import draw_detections
from srn_mmdet.visualization.anonymise import anonymise
from srn_mmdet.written_aside import write_file

from .inputs import Input

_MARGIN = 0.2  # of a box, around a crop


class Results:
    """The folder of results.

    Whatever is written has only pixels, no metadata of the file that was read (EXIF with
    its place and thumbnail, ICC, XMP).

    Args:
        options: As ``parse`` gives them.
    """

    def __init__(self, options) -> None:
        self.folder = Path(options.out_dir)
        self.options = options
        self.faces = self.pictures = self.videos = 0
        self.reduced: list[tuple[float, str]] = []
        names = ('json', 'crop', 'style', 'score_thr', 'min_size', 'max_side', 'tiles')
        names += ('small', 'turned', 'config', 'checkpoint', 'half')
        self.settings = {name: getattr(options, name) for name in names}

    def make_folder(self) -> None:
        """Before anything is looked at.

        Raises:
            OSError: It cannot be made; the message names it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(
                f'--out-dir {self.folder}: cannot be made: {error.strerror}'
            ) from None

    def json_path(self, one: Input) -> Path:
        return self.folder / f'{one.name}.json'

    def would_overwrite(self, one: Input) -> bool:
        target = self.folder / one.name
        return one.kind == 'file' and target.exists() and os.path.samefile(
            target, one.source
        )  # fmt: skip

    def is_done(self, one: Input) -> bool:
        """Whether a run with the same settings finished it, and it has not changed."""
        content = self._read(one)
        return (
            content is not None
            and content.get('settings') == self.settings
            and content.get('file') == self._file(one)
            and one.kind == 'file'
        )

    def chosen(self, rows: np.ndarray) -> np.ndarray:
        """The faces that are large enough."""
        sides = (rows[:, 2:4] - rows[:, :2]).max(1, initial=0)
        return rows[sides >= self.options.min_size]

    def marked(self, picture: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """The picture with boxes, or with faces that cannot be told."""
        if self.options.style:
            return anonymise(picture, rows, self.options.style)
        return draw_detections(picture, rows)

    def write(
        self, one: Input, picture: np.ndarray, rows: np.ndarray, note: str
    ) -> None:
        """Write about one picture; its JSON last.

        Raises:
            OSError: It cannot be written; the message names the file.
        """
        target = self.folder / one.name
        if not self.options.json:
            write_file(target, _encode(self.marked(picture, rows), target))
        if self.options.crop:
            boxes = rows[:, :4].tolist()
            self.write_crops(one, (crop_of(picture, box) for box in boxes))
        height, width = picture.shape[:2]
        factor = max(height, width) / (self.options.max_side or max(height, width))
        if factor > 2 and not self.options.tiles:
            self.reduced.append((factor, one.source))
        self.write_json(
            one, dict(width=width, height=height, note=note, faces=faces_of(rows))
        )
        self.faces += len(rows)
        self.pictures += 1

    def write_json(self, one: Input, content: dict) -> None:
        content = {k: v for k, v in content.items() if v != ''}
        about = dict(image=one.source, file=self._file(one), settings=self.settings)
        text = json.dumps(about | content, indent=1)
        write_file(self.json_path(one), text + '\n')

    def finish(self, inputs: list[Input]) -> None:
        """Write the table of all, those that were done earlier too."""
        if not self.options.csv:
            return
        table = io.StringIO()
        writer = csv.writer(table, lineterminator='\n')
        writer.writerow(['image', 'time', 'x1', 'y1', 'x2', 'y2', 'score', 'track'])
        for one in inputs:
            for row in _rows(self._read(one)):
                writer.writerow([one.source, *row])
        write_file(self.folder / 'faces.csv', table.getvalue())

    def summary(self, options) -> Iterator[str]:
        """Lines for standard error."""
        if self.reduced:
            factor, source = max(self.reduced)
            source = source.encode(errors='backslashreplace').decode()
            number = len(self.reduced)
            yield (
                f'{number} picture{"s were" if number > 1 else " was"} reduced more than '
                f'twofold ({source} {factor:.1f}-fold), so that small faces are not '
                'seen: --tiles looks at full size'
            )

    def counts(self) -> str:
        seen = [f'{self.pictures} picture{"s" * (self.pictures != 1)}']
        if self.videos:
            seen.append(f'{self.videos} video{"s" * (self.videos != 1)}')
        faces = f'{self.faces} face{"s" * (self.faces != 1)}'
        return f'{faces} in {" and ".join(seen)}; see {self.folder.resolve()}'

    def write_crops(self, one: Input, crops: Iterable[np.ndarray]) -> None:
        """Each as a file, numbered from 1; those without a pixel are left out.

        Raises:
            OSError: One cannot be written; the message names it.
        """
        folder = self.folder / f'{one.name}.faces'
        for old in folder.glob('[0-9]*.jpg'):  # of a run with other settings
            old.unlink()
        for number, crop in enumerate(crops, 1):
            path = folder / f'{number:03d}.jpg'
            if crop.size:
                write_file(path, _encode(crop, path))

    def _read(self, one: Input) -> dict | None:
        try:
            content = json.loads(self.json_path(one).read_text())
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) else None

    def _file(self, one: Input) -> list[int] | None:
        """Size and time of change, by which another file of the same name is told."""
        if one.kind != 'file':
            return None
        try:
            status = os.stat(one.source)
        except OSError:
            return None
        return [status.st_size, status.st_mtime_ns]


def crop_of(picture: np.ndarray, box: Sequence[float]) -> np.ndarray:
    """The part of a picture that shows a face (x1, y1, x2, y2), a fifth around it."""
    x1, y1, x2, y2 = box
    dx, dy = _MARGIN * (x2 - x1), _MARGIN * (y2 - y1)
    left, top = max(int(x1 - dx), 0), max(int(y1 - dy), 0)
    right, bottom = max(int(x2 + dx) + 1, 0), max(int(y2 + dy) + 1, 0)
    return picture[top:bottom, left:right]


def faces_of(rows: np.ndarray) -> list[dict]:
    """Boxes (x1, y1, x2, y2) in pixels of the picture, and scores."""
    return [
        dict(box=[round(float(x), 2) for x in row[:4]], score=round(float(row[4]), 4))
        for row in rows
    ]


def _rows(content: dict | None) -> Iterator[list]:
    content = content or {}
    for frame in content.get('frames', [content]):
        for face in frame.get('faces', []):
            track = face.get('track', '')
            yield [frame.get('time', ''), *face['box'], face['score'], track]


def _encode(picture: np.ndarray, target: Path) -> bytes:
    ending = target.suffix.lower()
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95] if ending in ('.jpg', '.jpeg') else []
    try:
        return cv2.imencode(ending, picture, quality)[1].tobytes()
    except cv2.error:  # a JPEG has at most 65,535 px a side
        height, width = picture.shape[:2]
        raise ValueError(f'{target}: {width}x{height} cannot be written') from None
