"""The door: few requests at a time, each of a limited size and for a limited time."""

import json

import anyio
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import Limits
from .line import CLOSING, Line

_RETRY_S = 2
_BUSY = 'busy: too many pictures are waiting; try again'


class Gate:
    """Wraps an application so that POST requests keep within limits.

    Everybody gets an answer: who comes when all places are taken is told so (503, with
    ``Retry-After``), as is who sends too much (413) or too slowly (408).

    A place is taken once an upload is complete, so that slow ones keep nobody out; as
    many as :attr:`Limits.uploads` may be under way.

    Attributes:
        inside: Requests that were let in and are not answered yet.
        uploading: Requests that are still sent.
    """

    def __init__(self, app: ASGIApp, limits: Limits, line: Line) -> None:
        self.app = app
        self.limits = limits
        self.inside = self.uploading = 0
        self._line = line
        self._closing = False

    def close(self) -> None:
        """Let nobody in any more, and end with what is being computed."""
        self._closing = True
        self._line.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope['type'] != 'http' or scope['method'] != 'POST':
            await self.app(scope, receive, send)
        elif self._closing:
            await _answer(send, 503, CLOSING)
        elif self._full() or self.uploading >= self.limits.uploads:
            await self._refuse(receive, send, 503, _BUSY)
        elif _announced(scope) > self.limits.max_bytes:
            await self._refuse(receive, send, 413, self._too_large())
        else:
            await self._pass(scope, receive, send)

    def _full(self) -> bool:
        return self.inside > self.limits.waiting  # one is computed, the others wait

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        got, place, answered = 0, _Place(self), False

        async def counted() -> Message:
            nonlocal got
            if place.taken:
                return await receive()
            message = await self._next(receive)
            got += len(message.get('body', b''))
            if got > self.limits.max_bytes:
                await _drain(receive, self.limits)
                raise HTTPException(413, self._too_large())
            if message['type'] == 'http.request' and not message.get('more_body'):
                place.take()
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            with anyio.fail_after(self.limits.seconds):
                await self.app(scope, counted, noted)
        except TimeoutError:
            if answered:
                raise
            seconds = f'{self.limits.seconds:g} s'
            if place.taken:
                await _answer(send, 503, f'busy: no result within {seconds}; try again')
            else:
                await _answer(send, 408, f'the upload took longer than {seconds}')
        finally:
            place.leave()

    async def _next(self, receive: Receive) -> Message:
        """More of an upload, which the end of the server does not wait for."""
        while not self._closing:
            with anyio.move_on_after(0.2):
                return await receive()
        raise HTTPException(503, CLOSING)

    def _too_large(self) -> str:
        return f'wants at most {self.limits.max_bytes / 1e6:g} MB'

    async def _refuse(self, receive: Receive, send: Send, status: int, why: str):
        await _drain(receive, self.limits)
        await _answer(send, status, why)


class _Place:
    """Where a request is counted: among the uploads, then among those inside."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.taken = False
        gate.uploading += 1

    def take(self) -> None:
        """The upload is complete; a 503 where all places were taken meanwhile."""
        if self._gate._full():
            raise HTTPException(503, _BUSY)
        self._gate.uploading -= 1
        self._gate.inside += 1
        self.taken = True

    def leave(self) -> None:
        if self.taken:
            self._gate.inside -= 1
        else:
            self._gate.uploading -= 1


async def _drain(receive: Receive, limits: Limits) -> None:
    """Read what is still being sent, and keep nothing of it.

    A client that is still sending would find the connection cut, not the answer.
    """
    got = 0
    with anyio.move_on_after(min(limits.seconds, 10)):
        while got < 5 * limits.max_bytes:
            message = await receive()
            got += len(message.get('body', b''))
            if not message.get('more_body', False):
                break


async def _answer(send: Send, status: int, why: str) -> None:
    body = json.dumps(dict(error=why)).encode()
    headers = [
        (b'content-type', b'application/json'),
        (b'content-length', str(len(body)).encode()),
        (b'connection', b'close'),
    ]
    if status == 503:
        headers.append((b'retry-after', str(_RETRY_S).encode()))
    await send(dict(type='http.response.start', status=status, headers=headers))
    await send(dict(type='http.response.body', body=body))


def _announced(scope: Scope) -> int:
    for name, value in scope['headers']:
        if name == b'content-length' and value.isdigit():
            return int(value)
    return 0
