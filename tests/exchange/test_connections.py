"""A listener lets everybody in who asks, and nobody close it to others by opening connections and saying nothing."""

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from mynumber.exchange.running.node import Node
from mynumber.oversight import store as supervisor_store
from mynumber.plumbing import config, connections, server
from mynumber.plumbing.config import NodeConfig
from tests.keeper import town

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
ASK = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    place = town.settle(tmp_path / "supervisor", supervisor_store.SCHEMA, party="supervisor", keys={})
    path = place.configure(role="supervisor", party="supervisor")
    with town.opened(config.load(path, NodeConfig), place) as opened:
        yield opened


class Front:
    """The node's peer listener, and clients that write bytes."""

    def __init__(self, node: Node) -> None:
        self._node, self._port = node, town.free_port()
        self._known = self._context()
        files = (node.folder / "node.crt", node.folder / "keys" / "node.key")
        self._known.load_cert_chain(*files)

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self._node.folder / "network.crt")
        return context

    async def connect(self, *, known: bool = False) -> Streams:
        """Open a connection, without a certificate unless `known`."""
        context = self._known if known else self._context()
        return await asyncio.open_connection("127.0.0.1", self._port, ssl=context)

    async def plain(self) -> Streams:
        """Open a connection that never begins its handshake."""
        return await asyncio.open_connection("127.0.0.1", self._port)

    def play(self, scene: Callable[["Front"], Awaitable[None]]) -> None:
        """Play a scene while the listener listens."""

        async def played() -> None:
            context = self._node.peer_context()
            listener = server.Listener(self._node.app, host="127.0.0.1", port=self._port, context=context)
            await listener.start()
            try:
                await scene(self)
            finally:
                await listener.stop()

        asyncio.run(played())


async def head(streams: Streams, data: bytes) -> tuple[int, str, dict[str, str]]:
    """Send bytes and return status, media type and body."""
    reader, writer = streams
    writer.write(data)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    body = await reader.readexactly(int(headers["content-length"]))
    return int(lines[0].split()[1]), headers["content-type"].partition(";")[0], json.loads(body)


async def ended(streams: Streams) -> float:
    """Wait until the other side closes; return after how many seconds."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(5):
            while await streams[0].read(4096):
                continue
    except ConnectionError:
        pass
    return time.monotonic() - began


@pytest.mark.parametrize("said", [b"", b"GET /hea", b"GET /health HTTP/1.1\r\nHost: x\r\nSlow: "])
def test_who_does_not_finish_the_first_request_in_time_is_let_go(
    node: Node, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(connections, "ASKING_SECONDS", 0.3)

    async def scene(front: Front) -> None:
        slow = await front.connect()
        slow[1].write(said)
        assert 0.2 < await ended(slow) < 2

    Front(node).play(scene)


def test_who_asks_in_time_keeps_the_connection(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ASKING_SECONDS", 0.3)

    async def scene(front: Front) -> None:
        kept = await front.connect()
        assert (await head(kept, ASK))[0] in (200, 503)
        await asyncio.sleep(0.6)
        assert (await head(kept, ASK))[0] in (200, 503)

    Front(node).play(scene)


def test_a_kept_connection_is_let_go_when_its_next_request_does_not_come(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.3)

    async def scene(front: Front) -> None:
        kept = await front.connect()
        await head(kept, ASK)
        kept[1].write(b"GET /health HT")
        assert 0.2 < await ended(kept) < 3

    Front(node).play(scene)


def test_who_does_not_finish_the_handshake_in_time_is_let_go(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HANDSHAKE_SECONDS", 0.3)

    async def scene(front: Front) -> None:
        assert 0.2 < await ended(await front.plain()) < 3

    Front(node).play(scene)


def test_strangers_who_take_every_place_leave_the_parties_theirs(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(front: Front) -> None:
        crowd = [await front.connect() for _ in range(connections.MOST_STRANGERS)]
        assert await ended(await front.connect()) < 2
        assert (await head(await front.connect(known=True), ASK))[0] in (200, 503)
        # A place that is given back is free for the next.
        crowd[0][1].close()
        await crowd[0][1].wait_closed()
        await asyncio.sleep(0.1)
        assert (await head(await front.connect(), ASK))[0] in (200, 503)

    Front(node).play(scene)


def test_one_certificate_has_not_every_place(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE", 3)

    async def scene(front: Front) -> None:
        crowd = [await front.connect(known=True) for _ in range(3)]
        assert await ended(await front.connect(known=True)) < 2
        assert (await head(await front.connect(), ASK))[0] in (200, 503)
        assert (await head(crowd[0], ASK))[0] in (200, 503)

    Front(node).play(scene)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /v1/form HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 9000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_with_a_problem(node: Node, data: bytes) -> None:
    async def scene(front: Front) -> None:
        streams = await front.connect()
        status, media, members = await head(streams, data)
        assert (status, media) == (400, "application/problem+json")
        assert members["code"] == "BAD_HTTP"
        assert set(members) == {"code", "message", "hint"}
        assert await ended(streams) < 1

    Front(node).play(scene)
