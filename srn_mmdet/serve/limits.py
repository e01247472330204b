"""How much a request may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What is accepted before an answer says 'too much', 'too slow' or 'busy'.

    Attributes:
        max_bytes: Of a request.
        max_pixels: Of a picture; they are counted before it is unpacked.
        waiting: Requests that may wait while one is computed.
        seconds: From a request's first line to its answer.
        uploads: Requests that may be under way, which are not yet among the waiting.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 64_000_000
    waiting: int = 16
    seconds: float = 60.0
    uploads: int = 64

    def __post_init__(self) -> None:
        for name in ('max_bytes', 'max_pixels', 'waiting', 'seconds', 'uploads'):
            if getattr(self, name) <= 0:
                raise ValueError(f'{name}={getattr(self, name)}: wants more than 0')
