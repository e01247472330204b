"""A bar with the pace and the time left, on standard error."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

_EVERY = 30  # seconds, where there is no terminal to draw on


class Progress:
    """Shows how far a run is; a line now and then where there is no terminal.

    Args:
        number: Of inputs.
    """

    def __init__(self, number: int) -> None:
        self.number, self.looked = number, 0
        self.start = self.said = time.monotonic()
        self.terminal = sys.stderr.isatty()
        columns = ('{task.description}', BarColumn(), MofNCompleteColumn())
        self.bar = Bar(
            *(TextColumn(c) if isinstance(c, str) else c for c in columns),
            TextColumn('{task.fields[pace]}'),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not self.terminal,
        )
        self.task = self.bar.add_task('inputs', total=number, pace='')
        self.part = None

    def __enter__(self) -> 'Progress':
        self.bar.start()
        return self

    def __exit__(self, *error) -> None:
        self.bar.stop()

    def done(self) -> None:
        """One more input."""
        self.looked += 1
        pace = self.looked / max(time.monotonic() - self.start, 1e-9)
        text = f'{pace:.1f} a second'
        self.bar.update(self.task, advance=1, pace=text)
        if self.part is not None:
            self.bar.remove_task(self.part)
            self.part = None
        self._say(f'{self.looked} of {self.number}, {text}')

    def frame(self, number: int, total: int | None, pace: float) -> None:
        """One more frame of a video."""
        text = f'{pace:.1f} frames a second'
        if self.part is None:
            self.part = self.bar.add_task('  frames', total=total, pace=text)
        self.bar.update(self.part, completed=number, pace=text)
        self._say(f'frame {number}{f" of {total}" if total else ""}, {text}')

    def _say(self, text: str) -> None:
        now = time.monotonic()
        if not self.terminal and now - self.said > _EVERY:
            self.said = now
            print(text, file=sys.stderr, flush=True)
