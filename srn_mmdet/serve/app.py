"""The application: the page, and the JSON API it uses."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import cv2
import numpy as np
from fastapi import FastAPI, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from .._version import __version__
from ..apis.inferencer import SRNInferencer
from ..apis.steps import look_at_steps
from ..visualization.anonymise import anonymise
from .answers import Error, Faces, FacesAndSteps, Health, Info, faces_of, steps_of
from .gate import Gate
from .headers import WithHeaders
from .limits import Limits
from .line import Line
from .pictures import NoPicture, TooManyPixels, decode

_STATIC = Path(__file__).parent / 'static'
_WHY = {
    400: 'no picture that can be read, or a wrong field',
    408: 'the upload was too slow',
    413: 'the upload or the picture is too large',
    503: 'busy: try again after the seconds of Retry-After',
}
_FAILS: dict[int | str, dict[str, Any]] = {
    code: dict(model=Error, description=why) for code, why in _WHY.items()
}
_MAX_BOXES = 5000
_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
_ALLOWED = dict(detect='POST', steps='POST', anonymise='POST', info='GET', health='GET')

Picture = Annotated[
    UploadFile, File(description='JPEG, PNG, WebP, AVIF, TIFF, ...; never stored')
]
Threshold = Annotated[float, Form(ge=0, le=1, description='leave out faces up to this')]


def create_app(detect: SRNInferencer, limits: Limits | None = None) -> Gate:
    """Make the application for a detector.

    Args:
        detect: Looks at one picture at a time.
        limits: Of requests; the defaults of :class:`Limits` where None.
    """
    limits = limits or Limits()
    line = Line()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(line.end)

    app = FastAPI(
        title='srn_mmdet',
        version=__version__,
        summary='Faces in pictures',
        lifespan=lifespan,
        docs_url=None,  # both would load scripts from elsewhere
        redoc_url=None,
    )
    gate = Gate(WithHeaders(app), limits, line)
    floor = float(detect.test_cfg.get('score_thr', 0.0))

    def upload(picture: UploadFile) -> tuple[np.ndarray, str, str]:
        # read only when its turn has come: what waits lies on disk where it is large
        return decode(picture.file.read(), limits.max_pixels)

    @app.get('/api/info')
    async def info() -> Info:
        """What this server does, and its limits."""
        return Info(
            version=__version__,
            score_thr=floor,
            max_bytes=limits.max_bytes,
            max_pixels=limits.max_pixels,
        )

    @app.get('/api/health')
    async def health() -> Health:
        """Whether the server is alive, and how busy."""
        return Health(status='ok', inside=gate.inside, computed=line.begun)

    @app.post('/api/detect', responses=_FAILS)
    async def detect_faces(
        request: Request, picture: Picture, score_thr: Threshold = 0.0
    ) -> Faces:
        """Find the faces of a picture."""

        def find() -> Faces:
            image, _, note = upload(picture)
            boxes = detect(image, score_thr)
            return Faces(**faces_of(boxes, image.shape[:2], note))

        return await line.run(request, find)

    @app.post('/api/steps', responses=_FAILS)
    async def detect_and_explain(request: Request, picture: Picture) -> FacesAndSteps:
        """Find the faces, and say what STC dropped and where STR moved anchors."""

        def explain() -> FacesAndSteps:
            image, _, note = upload(picture)
            return steps_of(look_at_steps(detect, image), note)

        return await line.run(request, explain)

    @app.post(
        '/api/anonymise',
        response_class=Response,
        responses={
            **_FAILS,
            200: dict(content={'image/jpeg': {}, 'image/png': {}}),
        },
    )
    async def hide_faces(
        request: Request,
        picture: Picture,
        style: Annotated[Literal['blur', 'pixelate'], Form()] = 'blur',
        boxes: Annotated[
            str | None,
            Form(description='JSON, [[x1, y1, x2, y2], ...]; detected where left out'),
        ] = None,
        score_thr: Threshold = 0.5,
    ) -> Response:
        """The picture with its faces made unrecognisable, without any metadata.

        A JPEG comes back as JPEG, everything else as PNG.
        """
        given = None if boxes is None else _boxes(boxes)

        def hide() -> Response:
            image, kind, _ = upload(picture)
            where = detect(image, score_thr)[:, :4] if given is None else given
            ending = '.jpg' if kind in ('JPEG', 'MPO') else '.png'
            _, data = cv2.imencode(ending, anonymise(image, where, style))
            kind = 'image/jpeg' if ending == '.jpg' else 'image/png'
            return Response(data.tobytes(), media_type=kind)

        return await line.run(request, hide)

    @app.api_route('/api/{any:path}', methods=_METHODS, include_in_schema=False)
    async def other(any: str) -> None:
        """What the page's files would else answer, wrongly."""
        allowed = _ALLOWED.get(any)
        if allowed is None:
            raise HTTPException(404, 'no such path; /openapi.json describes the API')
        raise HTTPException(405, f'wants {allowed}', dict(Allow=allowed))

    app.mount('/', StaticFiles(directory=_STATIC, html=True), name='page')
    _answer_errors(app)
    return gate


def _boxes(text: str) -> np.ndarray:
    try:
        boxes = np.array(json.loads(text), np.float32).reshape(-1, 4)
    except (ValueError, TypeError, RecursionError):
        raise HTTPException(400, 'boxes: wants [[x1, y1, x2, y2], ...]') from None
    if len(boxes) > _MAX_BOXES or not np.isfinite(boxes).all():
        raise HTTPException(400, f'boxes: wants at most {_MAX_BOXES} of finite numbers')
    return boxes


def _answer_errors(app: FastAPI) -> None:
    """Every error as ``{"error": "one sentence"}``."""

    def answer(status: int, why: str, headers=None) -> JSONResponse:
        return JSONResponse(dict(error=why), status, headers)

    @app.exception_handler(StarletteHTTPException)
    async def http(request: Request, error: StarletteHTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 503:
            headers['Retry-After'] = '2'
        return answer(error.status_code, str(error.detail), headers)

    @app.exception_handler(RequestValidationError)
    async def wrong(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = first['loc'][-1]
        why = 'wants a file' if where == 'picture' else first['msg'].lower()
        return answer(400, f'{where}: {why}')

    @app.exception_handler(NoPicture)
    async def unreadable(request: Request, error: NoPicture) -> JSONResponse:
        return answer(400, str(error))

    @app.exception_handler(TooManyPixels)
    async def large(request: Request, error: TooManyPixels) -> JSONResponse:
        return answer(413, str(error))

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        return answer(500, 'the detector failed; the server has the reason in its log')
