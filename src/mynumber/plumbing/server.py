"""HTTP server side: listeners, bodies within limits, and errors as problem+json (RFC 9457).

Every route sits behind `problems`, so what leaves on failure is an error of our tree or `OUR_FAULT`, never a traceback.
What is no HTTP never reaches a route and is answered in the same form. Who may be connected, and for how long without
saying anything, is in `connections.py`.
"""

import asyncio
import contextlib
import gc
import json
import os
import ssl
from collections.abc import Awaitable, Callable, Coroutine

import uvloop
from aiohttp import web

from mynumber.plumbing import logs, tap
from mynumber.plumbing.connections import HANDSHAKE_SECONDS, MOST_STRANGERS, Connection, Gate
from mynumber.plumbing.errors import BadInput, MyNumberError

MAX_BODY = 4 * 1024 * 1024
_BODY_SECONDS = 30
_PROBLEM = "application/problem+json"

# Requests leave little behind that only the collector can free, and with the usual 700 it takes a twelfth of the time.
_COLLECTED_AFTER = 20_000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def let_others_finish() -> None:
    """Have every thread that begins from here on wake up without taking the processor from whoever runs (sched(7)).

    Roles of one machine wake each other several times an inquiry, and each time would find the other's caches.
    """
    with contextlib.suppress(PermissionError):  # a sandbox may forbid it, and everything works without
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def run(work: Coroutine[object, object, None]) -> None:
    """Run a process that listens until its work ends; what exists by now is taken to live as long."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER, 20, 20)
    uvloop.run(work)


def peer_certificate(request: web.Request) -> bytes | None:
    """Return the client's certificate in DER, None if it showed none."""
    transport = request.transport
    tls = None if transport is None else transport.get_extra_info("ssl_object")
    return None if not isinstance(tls, ssl.SSLObject) else tls.getpeercert(binary_form=True)


def from_loopback(request: web.Request) -> bool:
    """Tell whether the client sits on this machine."""
    return request.remote in ("127.0.0.1", "::1")


def json_response(value: object, *, status: int = 200, media: str = "application/json") -> web.Response:
    """Return a JSON answer, UTF-8, unescaped."""
    return web.Response(body=json.dumps(value, ensure_ascii=False).encode(), status=status, content_type=media)


def problem_response(members: object, status: int) -> web.Response:
    """Return a problem document."""
    return json_response(members, status=status, media=_PROBLEM)


async def read_body(request: web.Request) -> bytes:
    """Return a JSON request's body within the size limit, or raise BadInput."""
    if request.content_type != "application/json" or "Content-Encoding" in request.headers:
        hint = "send Content-Type: application/json and no Content-Encoding"
        raise BadInput("BAD_MEDIA_TYPE", "the body is JSON, not compressed", hint=hint)
    try:
        # Nearly every body has arrived with its headers, and is not waited for.
        async with contextlib.nullcontext() if request.content.is_eof() else asyncio.timeout(_BODY_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as problem:
        raise BadInput("TOO_LARGE", f"a body has at most {MAX_BODY} bytes", hint="send smaller batches") from problem
    except (web.RequestPayloadError, ConnectionError) as problem:
        raise BadInput("BROKEN_BODY", "the body broke off", hint="send it again") from problem
    except TimeoutError as problem:
        raise BadInput("TOO_SLOW", f"a body arrives within {_BODY_SECONDS} seconds", hint="send it again") from problem


def code_of(error: web.HTTPException) -> str:
    """Return our code for what HTTP itself refuses."""
    return {404: "NO_SUCH_ROUTE", 405: "NO_SUCH_METHOD"}.get(error.status, "HTTP_REFUSED")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into problem documents; what is not ours is logged by place and answered as our own fault."""
    if isinstance(request.protocol, Connection):
        request.protocol.has_asked()
    try:
        return await handler(request)
    except MyNumberError as error:
        if error.http_status >= 500:
            logs.trouble("route.failed", error)
        return problem_response(error.members(), error.http_status)
    except web.HTTPException as error:
        members = {"code": code_of(error), "message": error.reason, "hint": "see the API description"}
        return problem_response(members, error.status)
    except Exception as error:  # noqa: BLE001  # the edge: nothing of it may leave but a code
        logs.trouble("route.failed", error)
        shown = {
            "code": "OUR_FAULT",
            "message": "something failed here",
            "hint": "the log of this process has the place",
        }
        return problem_response(shown, 500)


@web.middleware
async def tapped(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Write down what was received and answered, in a test town that has its tap open."""
    answer = await handler(request)
    if tap.is_on():
        line = f"{request.method} {request.path_qs}\n".encode()
        headers = b"".join(b"%s: %s\n" % header for header in request.raw_headers)
        tap.note("received", line + headers, await _body_of(request))
        told = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
        body = answer.body if isinstance(answer, web.Response) else None
        tap.note("answered", f"{answer.status}\n{told}".encode(), body if isinstance(body, bytes) else b"")
    return answer


async def _body_of(request: web.Request) -> bytes:
    """Return a body that was read already; one that was refused unread is not waited for."""
    try:
        return b"" if request.can_read_body else await request.read()
    except (web.HTTPException, web.RequestPayloadError, ConnectionError):
        return b""


def application() -> web.Application:
    """Return an empty application with our limits and error handling."""
    return web.Application(middlewares=[tapped, problems], client_max_size=MAX_BODY)


class Listener:
    """One listening socket of a process, with limits of its own."""

    def __init__(
        self,
        app: web.Application,
        *,
        host: str,
        port: int,
        context: ssl.SSLContext,
        strangers: int = MOST_STRANGERS,
    ) -> None:
        """Prepare; nothing listens until `start`. A listener for the public lets more `strangers` in."""
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=10)
        self._host, self._port, self._context = host, port, context
        self._gate = Gate(strangers)
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        await self._runner.setup()
        manager = self._runner.server
        assert manager is not None  # noqa: S101  # set up above
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Connection(manager, self._gate),
            self._host,
            self._port,
            ssl=self._context,
            backlog=512,
            ssl_handshake_timeout=HANDSHAKE_SECONDS,
        )

    async def stop(self) -> None:
        """Close idle connections at once, finish what is in flight, then end."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()
