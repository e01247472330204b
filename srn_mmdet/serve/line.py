"""The line before the detector: one picture after the other, first come, first served."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from fastapi import HTTPException, Request

T = TypeVar('T')
CLOSING = 'the server is being shut down'


class Line:
    """Runs functions on one thread, in the order in which they came.

    What a client no longer waits for is not begun. After :meth:`close`, what is running
    ends and what waits is refused.

    Attributes:
        begun: Functions begun so far.
    """

    def __init__(self) -> None:
        self.begun = 0
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix='detector')

    async def run(self, request: Request, function: Callable[[], T]) -> T:
        """The function's result; an HTTPException where it is not begun."""

        def begin() -> T:
            if self._closed:
                raise HTTPException(503, CLOSING)
            self.begun += 1
            return function()

        result = asyncio.get_running_loop().run_in_executor(self._thread, begin)
        gone = asyncio.ensure_future(_gone(request))
        either: set[asyncio.Future[Any]] = {result, gone}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not result.done():
                raise HTTPException(499, 'the client is gone')
            return result.result()
        finally:
            gone.cancel()
            result.cancel()  # where it has not begun

    def close(self) -> None:
        """Refuse what waits; returns at once."""
        self._closed = True

    def end(self) -> None:
        """Wait for what is running."""
        self.close()
        self._thread.shutdown(wait=True, cancel_futures=True)


async def _gone(request: Request) -> None:
    while (await request.receive())['type'] != 'http.disconnect':
        pass
