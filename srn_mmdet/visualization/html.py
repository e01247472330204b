"""Pieces of self-contained HTML pages."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto;
       padding: 0 1rem; color: #1c2430; }
h1 { font-size: 1.7rem; margin-bottom: .2rem } h2 { font-size: 1.2rem; margin-top: 2rem }
p.lead { color: #56616f; margin-top: 0 }
table { border-collapse: collapse }
th, td { padding: .35rem .9rem; text-align: right; border-bottom: 1px solid #dde2e8 }
th:first-child, td:first-child { text-align: left }
pre { background: #f3f5f8; padding: .8rem 1rem; overflow-x: auto; font-size: 13px }
img { max-width: 100% } .grid { display: grid; gap: 12px;
       grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)) }
figure { margin: 0 }
figcaption { font-size: 13px; color: #56616f; overflow-wrap: anywhere }
.key { font-weight: 600 }
"""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; cells are escaped."""
    lines = [_row('th', head), *(_row('td', row) for row in rows)]
    return f'<table>{"".join(lines)}</table>'


def _row(tag: str, cells: Sequence[object]) -> str:
    return '<tr>' + ''.join(f'<{tag}>{escape(str(c))}</{tag}>' for c in cells) + '</tr>'


def png_source(path: Path) -> str:
    """A PNG file as an image source."""
    return 'data:image/png;base64,' + base64.b64encode(path.read_bytes()).decode()


def jpg_source(image: np.ndarray, longest: int | None = None) -> str:
    """A BGR picture as an image source, reduced to ``longest`` px where it is larger."""
    if longest is not None and max(image.shape[:2]) > longest:
        factor = longest / max(image.shape[:2])
        image = cv2.resize(
            image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
        )
    _, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return 'data:image/jpeg;base64,' + base64.b64encode(data.tobytes()).decode()
