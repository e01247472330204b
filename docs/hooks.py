"""What the docs are made of beside Markdown: formulas, and lines of the source.

- A fence ``math`` and inline ``$...$`` become MathML, which browsers draw by themselves:
  no script, nothing loaded from elsewhere.
- ``<!-- code: FILE | PATTERN -->`` becomes the lines of FILE from the one that PATTERN
  (a regular expression) is found in, ``| N`` of them. The build fails where it is not
  found exactly once, so that the page cannot point at code that is gone.
- A link out of docs/, which works in the repository, becomes its text.
"""

import re
from pathlib import Path
from textwrap import dedent

from mkdocs.exceptions import PluginError

_ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(r'^```math\n(.*?)\n```$', re.M | re.S)
_INLINE = re.compile(r'(?<![\\$`\w])\$([^$\n`]+)\$(?![\w$])')
_OUTSIDE = re.compile(r'\[([^\]]+)\]\(\.\./[^)]+\)')  # the site has no such file
_CODE = re.compile(r'^<!-- code: (\S+) \| (.+?)(?: \| (\d+))? -->$', re.M)


def on_page_markdown(markdown: str, page, **kwargs) -> str:
    markdown = _CODE.sub(lambda found: _lines(*found.groups(), page), markdown)
    markdown = _OUTSIDE.sub(r'\1', markdown)
    if page.meta.get('math'):
        markdown = _FENCE.sub(lambda found: _math(found[1], 'block'), markdown)
        markdown = _INLINE.sub(lambda found: _math(found[1], 'inline'), markdown)
    return markdown


def find_lines(file: str, pattern: str, number: int = 1) -> tuple[int, str]:
    """Number of the first line (from 1), and the lines; ValueError where not just one."""
    lines = (_ROOT / file).read_text().splitlines()
    found = [i for i, line in enumerate(lines) if re.search(pattern, line)]
    if len(found) != 1:
        raise ValueError(f'{file}: {pattern!r} is in {len(found)} lines, not in one')
    return found[0] + 1, dedent('\n'.join(lines[found[0] : found[0] + number]))


def _lines(file: str, pattern: str, number: str | None, page) -> str:
    try:
        first, text = find_lines(file, pattern, int(number or 1))
    except (OSError, ValueError) as error:
        raise PluginError(f'{page.file.src_path}: {error}') from None
    title = f'title="{file}" linenums="{first}"'
    return f'```python {title}\n{text}\n```'


def _math(latex: str, display: str) -> str:
    from latex2mathml.converter import convert

    return convert(latex.strip(), display=display)
