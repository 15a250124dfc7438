"""HTTP client side: one kept-alive pool a peer, whose every connection proved who it is.

A dead kept connection is tried once more on a new one (our messages may arrive twice and have their effect once);
a peer that does not answer is `PeerDown`, which is never a refusal.
"""

import asyncio
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from mynumber.plumbing import tap
from mynumber.plumbing.errors import NotFinished

CONNECT_SECONDS = 5.0
_UNSAID = ("User-Agent", "Accept", "Accept-Encoding")  # nobody here answers in more than one way
MAX_ANSWER = 16 * 1024 * 1024


class PeerDown(NotFinished):
    """The peer does not answer; repeat the same message later."""

    def __init__(self, peer: str, why: str) -> None:
        """Name the peer and what happened, both free of personal values."""
        super().__init__("PEER_DOWN", f"{peer} does not answer: {why}", hint=f"start {peer} or wait, then repeat")
        self.peer = peer


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read whole."""

    status: int
    body: bytes
    date: str = ""
    """What the peer says the time is."""


class PeerClient:
    """A pool of connections to one peer."""

    def __init__(self, peer: str, url: str, context: ssl.SSLContext) -> None:
        """Prepare; connections open when needed."""
        self.peer, self.url = peer, url.rstrip("/")
        self._context = context
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Use as a context manager."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        await self.close()

    async def get(self, path: str, *, seconds: float = 10) -> Answer:
        """GET a path."""
        return await self._call("GET", path, None, seconds)

    async def post(self, path: str, body: bytes, *, seconds: float = 30) -> Answer:
        """POST JSON bytes as they are."""
        return await self._call("POST", path, body, seconds)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(ssl=self._context, limit=64, keepalive_timeout=60)
            # Parties set no cookies, and keeping some would cost time at every call.
            cookies = aiohttp.DummyCookieJar()
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=cookies, auto_decompress=False, skip_auto_headers=_UNSAID
            )
        return self._session

    async def _call(self, method: str, path: str, body: bytes | None, seconds: float) -> Answer:
        for attempt in (1, 2):
            try:
                return await self._once(method, path, body, seconds)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as problem:
                if attempt == 2 or isinstance(problem, aiohttp.ClientConnectorError):
                    raise PeerDown(self.peer, _why(problem)) from problem
            except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as problem:
                raise PeerDown(self.peer, _why(problem)) from problem
        raise PeerDown(self.peer, "no answer")

    async def _once(self, method: str, path: str, body: bytes | None, seconds: float) -> Answer:
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        headers = {} if body is None else {"Content-Type": "application/json"}
        async with self._opened().request(
            method, self.url + path, data=body, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            data = await response.content.read(MAX_ANSWER + 1)
            while len(data) <= MAX_ANSWER and (more := await response.content.read(MAX_ANSWER + 1 - len(data))):
                data += more
            if len(data) > MAX_ANSWER:
                raise PeerDown(self.peer, "its answer is too large")
            tap.note("sent", f"{method} {self.peer} {path}\n".encode(), body or b"")
            tap.note("got", f"{response.status}\n".encode(), data)
            return Answer(response.status, data, response.headers.get("Date", ""))


def _why(problem: BaseException) -> str:
    if isinstance(problem, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "the handshake failed (one side refuses the other's certificate)"
    if isinstance(problem, aiohttp.ClientConnectorError):
        return "the connection was refused"
    if isinstance(problem, TimeoutError):
        return "no answer in time"
    # TLS 1.3: a server that refuses our certificate just closes after the handshake.
    return "the connection was closed (the peer stopped, or refuses our certificate)"
