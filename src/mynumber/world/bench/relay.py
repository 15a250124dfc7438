"""One party of the same way without the mission: mutual TLS, messages of the same sizes, signatures, and nothing else.

    python -m mynumber.world.bench.relay PLAN.json

It listens with the listener and calls with the pools that institutions use, verifies as many signatures over what
comes in and makes as many as the party it stands for, hands on what is said, and waits for the answer. It reads no
message, asks no law, converts nothing and keeps nothing. So its cost is the price of the way itself.
"""

import asyncio
import os
import signal
import ssl
import sys
from functools import partial
from pathlib import Path

import msgspec
from aiohttp import web

from mynumber.codes import jws
from mynumber.plumbing import server, tls
from mynumber.plumbing.client import PeerClient
from mynumber.plumbing.errors import OwnFault

_PAYLOAD = 600  # bytes, about an endorsement's payload


class Call(msgspec.Struct, frozen=True):
    """A call to another party: where, and how many bytes go there."""

    url: str
    size: int


class Work(msgspec.Struct, frozen=True):
    """What one call makes a party do: verify, sign, call others in turn, answer; then, behind it, call `after`."""

    verifies: int = 0
    signs: int = 0
    calls: tuple[Call, ...] = ()
    answer: int = 2
    after: tuple[Call, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """One relay: the institution's folder whose certificate it shows, its port, its work by path."""

    folder: str
    port: int
    work: dict[str, Work]


class _Relay:
    """A relay at work."""

    def __init__(self, plan: Plan) -> None:
        self._secret = os.urandom(32)
        self._public = jws.public_key(self._secret)
        self._signed = os.urandom(_PAYLOAD)
        self._signature = jws.sign_bytes(self._secret, self._signed)
        calls = [call for work in plan.work.values() for call in (*work.calls, *work.after)]
        origins = {_origin(call.url) for call in calls}
        self._pools = {origin: PeerClient("relay", origin, _client_context(plan)) for origin in origins}
        self._behind: set[asyncio.Task[None]] = set()

    async def do(self, work: Work, request: web.Request) -> web.Response:
        """Do what the party would do, without the mission."""
        await server.read_body(request)
        for _ in range(work.verifies):
            jws.check_signature(self._public, self._signature, self._signed, "BAD_SIGNATURE")
        for _ in range(work.signs):
            jws.sign_bytes(self._secret, self._signed)
        for call in work.calls:
            await self._call(call)
        for call in work.after:
            task = asyncio.create_task(self._call(call))
            self._behind.add(task)
            task.add_done_callback(self._behind.discard)
        return web.Response(body=filler(work.answer), content_type="application/json")

    async def _call(self, call: Call) -> None:
        origin = _origin(call.url)
        answer = await self._pools[origin].post(call.url.removeprefix(origin), filler(call.size))
        if answer.status != 200:
            raise OwnFault("BENCH_BROKEN", f"a relay answered {answer.status}")

    async def close(self) -> None:
        """Close all pools."""
        await asyncio.gather(*self._behind, return_exceptions=True)
        for pool in self._pools.values():
            await pool.close()


def filler(size: int) -> bytes:
    """Return a JSON text of so many bytes, two at least."""
    return b'"' + b"x" * (size - 2) + b'"'


def _origin(url: str) -> str:
    return url[: url.index("/", len("https://"))]


def _client_context(plan: Plan) -> ssl.SSLContext:
    folder = Path(plan.folder)
    chain, key, trusted = folder / "node.crt", folder / "keys" / "node.key", folder / "network.crt"
    return tls.client_context(chain=chain, key=key, trusted=trusted, check=lambda _der: None)


async def _serve(plan: Plan) -> None:
    folder = Path(plan.folder)
    relay = _Relay(plan)
    app = server.application()
    for path, work in plan.work.items():
        app.router.add_post(path, partial(relay.do, work))
    context = tls.server_context(
        chain=folder / "node.crt", key=folder / "keys" / "node.key", trusted=folder / "network.crt"
    )
    listener = server.Listener(app, host="127.0.0.1", port=plan.port, context=context)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await listener.start()
    await stopping.wait()
    await listener.stop()
    await relay.close()


def main(path: str) -> None:
    """Serve one relay until SIGTERM."""
    server.run(_serve(msgspec.json.decode(Path(path).read_bytes(), type=Plan)))


if __name__ == "__main__":
    main(sys.argv[1])
