"""Connections to a listener: how many there may be, and how long each may stay without asking anything.

Promises that nobody closes a listener to others by opening connections: strangers share a few places, each certificate
has as many as a busy peer needs, and a connection that does not finish its handshake, its first request line and
headers, or its next request in time is closed. What is no HTTP at all is answered with problem+json.
"""

import asyncio
import hashlib
import json
import ssl
from collections import Counter
from typing import Final

from aiohttp import web

from mynumber.plumbing import logs

HANDSHAKE_SECONDS: Final = 10.0
ASKING_SECONDS: Final = 15.0
"""So long a new connection may take for its first request line and headers."""
IDLE_SECONDS: Final = 75.0
"""So long a kept connection may wait for its next request; our own pools let go after 60."""

MOST: Final = 1024
MOST_OF_ONE: Final = 160
"""Of one certificate: two pools of a busy peer."""
MOST_STRANGERS: Final = 64
"""Without a certificate, all together."""

STRANGER: Final = b""


class Gate:
    """Who is connected to one listener: strangers as one, everybody else by certificate."""

    def __init__(self, strangers: int = MOST_STRANGERS) -> None:
        """Begin with nobody; `strangers` is how many may be inside without a certificate."""
        self._strangers = strangers
        self._inside: Counter[bytes] = Counter()
        self._full = False

    def enter(self, who: bytes) -> bool:
        """Take a place; False if there is none for this certificate."""
        most = self._strangers if who == STRANGER else MOST_OF_ONE
        fits = self._inside[who] < most and self._inside.total() < MOST
        if fits:
            self._inside[who] += 1
        elif not self._full:
            logs.info("connections.full", count=self._inside.total(), kind="stranger" if who == STRANGER else "party")
        self._full = not fits
        return fits

    def leave(self, who: bytes) -> None:
        """Give a place back."""
        self._inside[who] -= 1
        if self._inside[who] <= 0:
            del self._inside[who]


class Connection(web.RequestHandler):
    """One connection, behind a gate and under deadlines."""

    __slots__ = ("_asking", "_gate", "_who")

    def __init__(self, manager: web.Server, gate: Gate) -> None:
        """Belong to a listener's server and its gate."""
        loop = asyncio.get_running_loop()
        super().__init__(manager, loop=loop, access_log=None, keepalive_timeout=IDLE_SECONDS, auto_decompress=False)  # type: ignore[arg-type]  # aiohttp takes None for no access log
        self._gate = gate
        self._who: bytes | None = None
        self._asking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a place, or close at once."""
        who = _certificate(transport)
        if not self._gate.enter(who):
            assert isinstance(transport, asyncio.Transport)  # noqa: S101  # of a listener
            transport.abort()
            return
        self._who = who
        self._asking = asyncio.get_running_loop().call_later(ASKING_SECONDS, self.force_close)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Read, unless there was no place."""
        if self._who is not None:
            super().data_received(data)

    def has_asked(self) -> None:
        """Say that a whole request head has arrived."""
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Give the place back."""
        self.has_asked()
        if self._who is not None:
            self._gate.leave(self._who)
            self._who = None
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  # it repeats what was sent
    ) -> web.StreamResponse:
        """Answer what never reached a route; what was sent is not repeated."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun; the connection ends")
        if status >= 500 and exc is not None:
            logs.trouble("request.failed", exc)
        code, said = ("OUR_FAULT", "something failed here") if status >= 500 else ("BAD_HTTP", "this is no HTTP/1.1")
        members = {"code": code, "message": said, "hint": "send a well-formed request over a new connection"}
        response = web.Response(
            status=status, body=json.dumps(members).encode(), content_type="application/problem+json"
        )
        response.force_close()
        return response


def _certificate(transport: asyncio.BaseTransport) -> bytes:
    tls = transport.get_extra_info("ssl_object")
    der = tls.getpeercert(binary_form=True) if isinstance(tls, ssl.SSLObject) else None
    return STRANGER if not der else hashlib.sha256(der).digest()
