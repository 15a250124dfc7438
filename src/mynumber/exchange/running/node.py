"""A running institution: one store, one peer listener, loops that end when asked to.

`serving.py` takes the folder (steps 1 and 2); here it runs:

  3. Listen. `/health` says what is still missing; calls that need it are answered with a retryable error.
  4. Run the loops: follow the network's papers, export the log, and what the institution adds.
  5. On SIGTERM or SIGINT: stop listening, finish what is in flight, end the loops, close the store.
"""

import asyncio
import signal
import ssl
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from sqlalchemy import Connection, MetaData

from mynumber.exchange.log import restoring
from mynumber.exchange.log.journal import Journal
from mynumber.exchange.log.records import Record
from mynumber.exchange.log.restoring import Restorations
from mynumber.exchange.running.store_keys import KeyMarks
from mynumber.exchange.view.papers import Papers
from mynumber.exchange.view.peers import Peers
from mynumber.exchange.view.view import View
from mynumber.plumbing import database, durable, keyfiles, logs, server, tls
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import NodeConfig

Loop = Callable[[], Awaitable[None]]

EXPORT_SECONDS = 2.0
PROBE_SECONDS = 2.0


@dataclass(frozen=True)
class Schema:
    """An institution's tables: its own, the papers, and the log unless it keeps none."""

    metadata: MetaData
    papers: Papers
    journal: Journal | None
    restorations: Restorations
    key_marks: KeyMarks
    version: int = 1


def schema(*, journal: bool = True) -> Schema:
    """Return a new schema with the tables that every party has."""
    metadata = MetaData()
    log = Journal(metadata) if journal else None
    return Schema(metadata, Papers(metadata), log, Restorations(metadata, marked=not journal), KeyMarks(metadata))


@dataclass
class Node:
    """A running institution; rooms add routes, listeners and loops before `run`."""

    config: NodeConfig
    folder: Path
    clock: Clock
    schema: Schema
    store: database.Store
    peers: Peers
    view: View
    app: web.Application = field(default_factory=server.application)
    listeners: list[server.Listener] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    types: dict[str, tuple[str, object, object]] = field(default_factory=dict)
    """Call -> (summary, body type, answer type), where no other room has the call (calls.py has the others)."""
    waits: list[Callable[[], str | None]] = field(default_factory=list)
    warns: list[Callable[[], str | None]] = field(default_factory=list)
    """What the room knows that does not stop it, but that somebody has to look at."""
    restored: int | None = None
    """When the store was first served after it came back from a backup, None for one that never did (O6)."""
    forgotten: str = ""
    """What has to be done about what a restored store lacks, where more is needed than to wait."""
    stands: Callable[[Connection, Record], bool] | None = None
    """Whether what a record of the log speaks of is still in the room's tables (`held`)."""
    subjects: Callable[[Connection], Iterable[tuple[bytes, bytes]]] | None = None
    """(request, permit) of all that the room's tables hold and that the log has a record of; permit may be empty."""
    short: Callable[[Connection], Iterable[tuple[str, int, int]]] | None = None
    """(what, counted, there) of rows that no record of the log names, where both numbers differ."""
    closing: list[Callable[[], None]] = field(default_factory=list)
    stores: list[database.Store] = field(default_factory=list)
    """Stores beside the main one; health says what is wrong with them."""

    @property
    def journal(self) -> Journal:
        """The party's transparency log."""
        assert self.schema.journal is not None  # noqa: S101  # a room with this property declared one
        return self.schema.journal

    def key(self, name: str) -> bytes:
        """Return a secret of `keys/`."""
        return keyfiles.read_secret(self.folder / "keys" / name)

    def waiting_for(self) -> list[str]:
        """Say what is missing before this party can work, in words for the health page."""
        stores = (each.trouble for each in (self.store, *self.stores))
        return [reason for wait in (self.view.missing, *self.waits, *stores) if (reason := wait())]

    def peer_context(self) -> ssl.SSLContext:
        """Return the TLS context of the peer listener."""
        return tls.server_context(
            chain=self.folder / "node.crt", key=self.folder / "keys" / "node.key", trusted=self.folder / "network.crt"
        )

    async def run(self) -> None:
        """Steps 3 to 5."""
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        # (3) Listen.
        peer = self.config.peer
        context = self.peer_context()
        first = server.Listener(self.app, host=peer.host, port=peer.port, context=context)
        listeners = [first, *self.listeners]
        for listener in listeners:
            await listener.start()
        logs.info("serving", role=self.config.role, party=self.config.id, port=peer.port)
        # (4) Loops.
        loops = (*self._own_loops(), lambda: self._renew_certificate(context), *self.loops)
        tasks = [asyncio.create_task(_forever(each)) for each in loops]
        await stopping.wait()
        # (5) Stop.
        logs.info("stopping", role=self.config.role, party=self.config.id)
        for listener in listeners:
            await listener.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.peers.close()
        for close in (*self.closing, self.store.close):
            close()

    def _own_loops(self) -> tuple[Loop, ...]:
        return (self.view.follow_directory, self.view.follow_law, self._export_log, self._probe_stores)

    async def _renew_certificate(self, context: ssl.SSLContext) -> None:
        """Show a new certificate as soon as it lies in the folder; connections that are open keep the old one."""
        chain, key = self.folder / "node.crt", self.folder / "keys" / "node.key"
        shown = chain.read_bytes()
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            found = await asyncio.to_thread(chain.read_bytes)
            if found != shown:
                context.load_cert_chain(chain, key)
                self.peers.renew()
                shown = found
                logs.info("certificate.renewed", party=self.config.id)

    async def _probe_stores(self) -> None:
        while True:
            for store in (self.store, *self.stores):
                await asyncio.to_thread(store.probe)
            await asyncio.sleep(PROBE_SECONDS)

    async def _export_log(self) -> None:
        journal = self.schema.journal
        folder = self.folder / "log"
        if journal is None:
            await restoring.keep_mark(self.store.path, folder)
            return
        folder.mkdir(exist_ok=True)
        durable.put(folder / "vkey", f"{journal.vkey}\n".encode("ascii"))
        written = b""
        while True:
            signed = await self.store.read(journal.checkpoint)
            if signed != written:
                await asyncio.to_thread(durable.put, folder / "checkpoint", signed)
                written = signed
            await asyncio.sleep(EXPORT_SECONDS)


async def _forever(loop: Loop) -> None:
    """Run a loop again when it fails; its failure is logged, and the process keeps answering."""
    while True:
        try:
            await loop()
        except asyncio.CancelledError:
            raise
        except Exception as problem:  # noqa: BLE001  # the edge of a loop: one bad round must not end the others
            logs.trouble("loop.failed", problem)
        await asyncio.sleep(1.0)
