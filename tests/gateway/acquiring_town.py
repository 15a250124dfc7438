"""An office that acquires codes from a real register through real operators and keeper, in one process.

The network is that of the vectors (`tests/register/town.py`); the office is ward-a. What passes between office and
register passes through `Wire`, so that either can be down, refuse, or lose its answer after it did its work.
"""

import asyncio
import contextlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from mynumber.acquisition.office import VaultRow
from mynumber.codes.parties.standing import Standing
from mynumber.exchange.rate import Rate
from mynumber.exchange.running import own_keys
from mynumber.exchange.running.node import Loop, Node, Schema
from mynumber.exchange.view.anchors import Network
from mynumber.exchange.view.view import View
from mynumber.gateway.acquiring import vault
from mynumber.gateway.acquiring.enrolled import Acquiring
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.acquiring.progress import failed_of
from mynumber.gateway.acquiring.vault import Vault
from mynumber.gateway.app import keys_of
from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.store import ACQUISITIONS, PERSONS, SCHEMA
from mynumber.plumbing import canonical, database, keyfiles
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import Listen
from mynumber.plumbing.database import Store
from mynumber.register import store as register_store
from mynumber.register.app import Window
from mynumber.register.store import Seals
from mynumber.register.worker import Worker
from tests.register.people import persons, plain, registered
from tests.register.town import Town, node_of, world

OFFICE = "ward-a"


class Wire(Town):
    """What passes between the office, the register and the network; `posted` are the office's requests."""

    window: Window
    acquiring: Acquiring

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.posted: list[Json] = []
        self.times = 1

    async def post(self, party: str, path: str, body: Json, *, hops: int = 1) -> Json:
        """Let the register decide, or not."""
        self.posted.append(body)
        if party in self.down:
            raise PeerDown(party, "the connection was refused")
        answer = await self.window.acquisition(OFFICE, canonical.decode(canonical.encode(body)))
        if party in self.loses_answers:
            raise PeerDown(party, "no answer in time")
        return answer

    async def call(self, party: str, name: str, body: Json, *, hops: int = 1) -> Json:
        """Bring the office its bundle; all others answer as in the register's town."""
        if (party, name) != (OFFICE, "enrolled"):
            return await super().call(party, name, body, hops=hops)

        async def brought(place: int) -> Json:
            await asyncio.sleep(place * 0.002)
            return await self.acquiring.enrolled("register", body)

        answers = await asyncio.gather(*(brought(place) for place in range(self.times)))
        assert all(answer == answers[0] for answer in answers)
        return answers[0]


@dataclass
class Ward:
    """The office and the register, both over stores of their own."""

    acquiring: Acquiring
    worker: Worker
    wire: Wire
    people: tuple[VaultRow, ...]

    @property
    def store(self) -> Store:
        """The office's store."""
        return self.acquiring.node.store

    def hand_in(self, rows: Sequence[VaultRow], *, ground: str = "link-107", **how: bool) -> int:
        """Hand persons in."""
        return asyncio.run(self.acquiring.hand_in(ground, rows, **how))

    def states(self) -> list[tuple[str, str]]:
        """Return (reference, state) of every acquisition."""
        query = select(ACQUISITIONS.c.person, ACQUISITIONS.c.state).order_by(ACQUISITIONS.c.person)
        with self.store.reading() as connection:
            return sorted((row.person, row.state) for row in connection.execute(query))

    def failed(self, *refs: str) -> list[dict[str, str]]:
        """Return who of these got no code, why, and who holds it."""
        with self.store.reading() as connection:
            return failed_of(connection, refs)

    def codes(self, *refs: str) -> list[bytes | None]:
        """Return the codes that the office holds."""
        with self.store.reading() as connection:
            return [self.acquiring.wrapping.code_of(connection, ref, 1) for ref in refs]

    def requests(self) -> list[dict[str, Any]]:
        """Return what the office asked of the register."""
        return [body for body in self.wire.posted if isinstance(body, dict)]

    def lose(self, ref: str) -> None:
        """Let the office lose a code."""
        self.store.write_now(lambda c: c.execute(delete(PERSONS).where(PERSONS.c.person == ref)))

    def forget(self, ref: str) -> None:
        """Let the office forget that it asked for a person's code."""
        self.store.write_now(lambda c: c.execute(delete(ACQUISITIONS).where(ACQUISITIONS.c.person == ref)))

    def backup(self) -> dict[str, list[dict[str, Any]]]:
        """Return what is in the office's tables now."""
        with self.store.reading() as connection:
            return {
                name: [dict(row._mapping) for row in connection.execute(select(table))]
                for name, table in SCHEMA.metadata.tables.items()
            }

    def restore(self, backup: dict[str, list[dict[str, Any]]]) -> None:
        """Let the office's store be what it was at the backup, which a start notices."""

        def step(connection: Connection) -> None:
            for table in reversed(SCHEMA.metadata.sorted_tables):
                connection.execute(delete(table))
            for table in SCHEMA.metadata.sorted_tables:
                if backup[table.name]:
                    connection.execute(insert(table), backup[table.name])

        self.store.write_now(step)
        self.acquiring.node.restored = self.acquiring.node.clock.now() + 1

    def held(self) -> int:
        """Return of how many codes the register knows that the office holds them."""
        query = select(func.count()).where(register_store.ACQUISITIONS.c.state == "held")
        with self.worker.node.store.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def later(self, seconds: int) -> None:
        """Let time pass, for everybody."""
        clock = Clock(self.wire.clock.offset_s + seconds)
        self.wire.clock = self.worker.node.clock = self.acquiring.node.clock = clock

    def send(self) -> int:
        """Let the office send what waits, while the register brings nothing; return how many requests there were."""
        before, end = len(self.wire.posted), time.monotonic() + 0.3
        self._run([self.acquiring.run], lambda: time.monotonic() > end)
        return len(self.wire.posted) - before

    def ask(self, until: Callable[[], bool]) -> None:
        """Let the office send until something is so, while the register brings nothing."""
        self._run([self.acquiring.run], until)

    def work(self, until: Callable[[], bool]) -> None:
        """Let office and register work until something is so."""
        self._run([self.acquiring.run, self.worker.work], until)

    def _run(self, loops: Sequence[Loop], until: Callable[[], bool]) -> None:
        async def forever(loop: Loop) -> None:
            await loop()

        async def main() -> None:
            tasks = [asyncio.create_task(forever(loop)) for loop in loops]
            async with asyncio.timeout(30):
                while not until() and not any(task.done() for task in tasks):  # noqa: ASYNC110  # it is in a store
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)  # a commit is seen in the store before its writer has told the loop
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task

        self.acquiring._woken, self.worker._woken = asyncio.Event(), asyncio.Event()
        asyncio.run(main())


@contextlib.contextmanager
def opened(folder: Path, count: int = 3) -> Iterator[Ward]:
    """Open an office and a register that knows `count` persons; the office knows them under r0, r1, ..."""
    (folder / "register").mkdir()
    (folder / "ward").mkdir()
    wire, seals = Wire(folder), Seals.of(os.urandom(32))
    with (
        closing(_made(folder / "register" / "data.db", register_store.SCHEMA)) as registers,
        office_node(folder / "ward", wire) as node,
        closing(_vault(folder / "ward" / "vault.db")) as kept,
    ):
        register = node_of(folder / "register", registers, wire)
        worker = Worker(register, seals, lambda _: world().register)
        wire.window = Window(register, seals, Rate(6000), worker)
        secrets_of = {"transport": world().transport[OFFICE], "wrap": os.urandom(64), "sign": world().signing[OFFICE]}
        for name, secret in secrets_of.items():
            keyfiles.write_secret(own_keys.settled(node.folder, name), secret)
        wire.acquiring = Acquiring(node, keys_of(node), Wrapping(OFFICE, secrets_of["wrap"]), kept)
        known = zip(registered(registers, seals, count), persons(count), strict=True)
        people = [VaultRow(f"r{place}", number, plain(person)) for place, (number, person) in enumerate(known)]
        yield Ward(wire.acquiring, worker, wire, tuple(people))


def _made(path: Path, schema: Schema) -> Store:
    url = database.store_url(path.name, path.parent)
    database.create(url, schema.metadata, schema.version)
    return Store(url, schema.metadata, schema.version)


def _vault(path: Path) -> Vault:
    vault.create(path)
    return Vault(path, bytes(32))


@contextlib.contextmanager
def office_node(folder: Path, peers: Town, me: str = OFFICE) -> Iterator[Node]:
    """Open the node of an office over a new store, with `peers` around it."""
    with closing(_made(folder / "gateway.db", SCHEMA)) as store:
        listen = Listen(port=0, url="https://127.0.0.1")
        settings = GatewayConfig(role="gateway", id=me, organisation=me, network="demo", peer=listen, office=listen)
        network = Network(network="demo", operators=())
        view = View(network, clock=peers.clock, store=store, papers=SCHEMA.papers, peers=peers, me=me)
        view.standing = Standing(world().directory)
        node = Node(settings, folder, peers.clock, SCHEMA, store, peers, view)
        node.journal.open("demo", me, secrets.token_bytes(32))
        yield node
