"""srn-faces serve: a page that finds faces in pictures, and a JSON API."""

import argparse
import gc
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from .looks import add_looks, looks

_EXTRA = "srn-faces serve wants FastAPI: pip install 'srn_mmdet[serve]'"


def serve(args: Sequence[str], loading: AbstractContextManager) -> None:
    """Serve until a signal ends it.

    Args:
        args: Of the command line.
        loading: In it the detector is imported, once the call is known to be right.
    """
    parser = argparse.ArgumentParser(prog='srn-faces serve', description=__doc__)
    add = parser.add_argument
    add('--host', default='127.0.0.1', help='default: %(default)s, this machine alone')
    add('--port', type=int, default=8000, help='0: any; default: %(default)s')
    add('--config', help='another detector than the one of the package')
    add('--checkpoint', help='its weights')
    add('--device', help='cpu, cuda:0, ...; default: the best there is')
    add_looks(parser)
    add(
        '--max-upload',
        type=_more_than_nothing(float),
        default=20,
        help='MB; default: %(default)s',
    )
    add(
        '--max-pixels',
        type=_more_than_nothing(float),
        default=64,
        help='millions; default: %(default)s',
    )
    add(
        '--queue',
        type=_more_than_nothing(int),
        default=16,
        help='pictures that wait; default: %(default)s',
    )
    add(
        '--timeout',
        type=_more_than_nothing(float),
        default=60,
        help='seconds until an answer; default: %(default)s',
    )
    options = parser.parse_args(args)
    how = looks(parser, options)
    try:
        listening = _listen(options.host, options.port)
        with loading:
            try:
                import uvicorn  # noqa: F401

                from srn_mmdet.serve.app import create_app
            except ImportError as error:
                if (error.name or '').partition('.')[0] in _PACKAGES:
                    sys.exit(f'error: {_EXTRA}')
                raise
            from srn_mmdet.apis.inferencer import CONFIG, SRNInferencer
            from srn_mmdet.serve.limits import Limits
        limits = Limits(
            round(options.max_upload * 1e6),
            round(options.max_pixels * 1e6),
            options.queue,
            options.timeout,
        )
        detect = SRNInferencer(
            options.config or CONFIG,
            options.checkpoint,
            options.device,
            **how,
        )
    except (OSError, ImportError, ValueError, RuntimeError) as error:
        sys.exit(f'error: {error}')
    _run(create_app(detect, limits), listening, limits)


_PACKAGES = {
    'fastapi',
    'uvicorn',
    'starlette',
    'python_multipart',
    'multipart',
    'anyio',
}


def _more_than_nothing(kind: type) -> Callable:
    def number(text: str):
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f'{text}: wants more than 0')
        return value

    number.__name__ = kind.__name__  # which argparse says of what is no number
    return number


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before a model is loaded, so that a taken one is said at once."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        raise OSError(f'{host}:{port}: {getattr(error, "strerror", error)}') from None
    return listening


def _run(app, listening: socket.socket, limits) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig, frame) -> None:
            """End with the request that is computed; at the second signal, at once."""
            app.close()
            self.force_exit = self.should_exit
            self.should_exit = True

        async def startup(self, sockets=None) -> None:
            await super().startup(sockets)
            host, port = listening.getsockname()[:2]
            host = f'[{host}]' if ':' in host else host
            print(f'http://{host}:{port}/ (Ctrl-C ends it)', flush=True)

    config = uvicorn.Config(
        app,
        log_level='warning',
        access_log=False,
        timeout_keep_alive=75,  # longer than clients keep one themselves
        timeout_graceful_shutdown=round(limits.seconds) + 1,
        server_header=False,
    )
    # what comes before uvicorn listens to signals ends the process as any other's
    signal.signal(signal.SIGINT, signal.default_int_handler)
    Server(config).run([listening])
    gc.freeze()  # else the end of the process looks through all that torch loaded
