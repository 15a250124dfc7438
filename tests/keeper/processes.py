"""Institutions of the vectors' network as OS processes, and peers of theirs that call over mutual TLS."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from mynumber.exchange.view.peers import Peers
from mynumber.plumbing.client import PeerDown
from tests.keeper import town

T = TypeVar("T")


@contextmanager
def serving(
    room: str, config: Path, port: int, client: "Client", *, begun: str = "/health"
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `serve` of a room in a process of its own until the block ends; go on when it answers `begun`."""
    program = f"import sys, pathlib; from mynumber.{room}.app import serve; serve(pathlib.Path(sys.argv[1]))"
    process = subprocess.Popen([sys.executable, "-c", program, str(config)], stderr=subprocess.PIPE)
    try:
        client.wait_for(begun, port, process)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


class Client:
    """A party with a certificate of the network, whose calls go to processes on this machine."""

    def __init__(self, folder: Path, party: str, ports: dict[str, int]) -> None:
        folder.mkdir()
        self._files, self._ports = town.certify(folder, party), ports

    def use(self, step: Callable[[Peers], Awaitable[T]]) -> T:
        """Run a step with fresh connections."""

        async def go() -> T:
            peers = Peers("demo", self._files)
            peers.learn({party: f"https://127.0.0.1:{port}" for party, port in self._ports.items()})
            try:
                return await step(peers)
            finally:
                await peers.close()

        return asyncio.run(go())

    def wait_for(self, path: str, port: int, process: subprocess.Popen[bytes]) -> None:
        """Wait until the party on `port` answers a path; `/health` it answers when it is ready."""
        party = next(party for party, at in self._ports.items() if at == port)
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            try:
                if self.use(lambda peers: peers.fetch(party, path)) is not None:
                    return
            except PeerDown:
                time.sleep(0.1)
        raise AssertionError(f"{party} does not get ready: {process.poll()}")
