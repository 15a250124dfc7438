"""The price of the way: relays in the topology of an exchange, with messages of the sizes that really travelled.

    client -> asker -> operator 1 -> operator 2 -> keeper -> back        asker -> provider -> back, provider -> keeper

The sizes are read from the stores of the town after an exchange, so they are those of the same run. Signatures are as
many as PROTOCOL.md section 14 counts, and those of outcome and answer.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mynumber.plumbing import tls
from mynumber.plumbing.client import PeerClient, PeerDown
from mynumber.plumbing.errors import NotFinished
from mynumber.world.bench.driving import Load
from mynumber.world.bench.relay import Call, Plan, Work, filler
from mynumber.world.bench.staging import ASKER, PROVIDER, ROLES, Staged
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town

_START_SECONDS = 30.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of every message of one exchange."""

    inquiry: int
    message: int
    behind_one: int
    behind_two: int
    final: int
    context: int
    answer: int
    outcome: int
    shown: int

    @classmethod
    def of(cls, evidence: Evidence, count: int, *, inquiry: int, shown: int) -> "Sizes":
        """Return the sizes of the last exchange of `count` entries; `inquiry` and `shown` are those at the desk."""

        def last(party: str, query: str, *of: int) -> int:
            return int(str(evidence.rows(party, f"{query} ORDER BY rowid DESC LIMIT 1", of)[0][0]))

        endorsed = "SELECT length(bundle) FROM requests WHERE count = ?"
        return cls(
            inquiry=inquiry,
            message=last(ASKER, "SELECT length(message) FROM inquiries"),
            behind_one=last("operator-1", endorsed, count),
            behind_two=last("operator-2", endorsed, count),
            final=last(ASKER, "SELECT length(bundle) FROM inquiries"),
            # Bytes grow by a third when they travel as text.
            context=last(PROVIDER, "SELECT length(context) * 4 / 3 FROM answered WHERE count = ?", count),
            answer=last(PROVIDER, "SELECT length(answer) FROM answered WHERE count = ?", count),
            outcome=last(PROVIDER, "SELECT length(body) FROM outbox"),
            shown=shown,
        )


@dataclass(frozen=True, slots=True)
class Relays:
    """Running relays: their processes by role, the way in, and what to send there."""

    pids: Mapping[str, int]
    url: str
    loads: Mapping[str, Load]


@contextmanager
def relays(staged: Staged, sizes: Mapping[str, Sizes], folder: Path) -> Iterator[Relays]:
    """Start one relay a role; `sizes` are by name of a way, and each way has paths of its own."""
    ports = dict(zip(ROLES, _free_ports(len(ROLES)), strict=True))
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for role, party in ROLES.items():
            work = {path: one for way, size in sizes.items() for path, one in _work(role, way, size, ports).items()}
            plan = Plan(str(staged.town.institution(party).folder), ports[role], work)
            place = folder / f"relay-{role}.json"
            place.write_bytes(msgspec.json.encode(plan))
            command = [sys.executable, "-P", "-m", "mynumber.world.bench.relay", str(place)]
            running[role] = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # our own program
        url = f"https://127.0.0.1:{ports['asker']}"
        asyncio.run(_all_listen(staged.town, list(ports.values())))
        loads = {
            way: Load(f"/{way}", (filler(size.inquiry),), lambda a: a.status == 200) for way, size in sizes.items()
        }
        yield Relays({role: process.pid for role, process in running.items()}, url, loads)
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait()


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listens at, all held at once, so that none is named twice."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _work(role: str, way: str, size: Sizes, ports: Mapping[str, int]) -> dict[str, Work]:
    def to(other: str, what: int, path: str = f"/{way}") -> Call:
        return Call(f"https://127.0.0.1:{ports[other]}{path}", what)

    told = f"/{way}/outcome"
    match role:
        case "asker":
            # Two endorsements and the release, then the answer.
            calls = (to("operator-1", size.message), to("provider", size.final + size.context))
            return {f"/{way}": Work(verifies=4, signs=1, calls=calls, answer=size.shown)}
        case "operator-1":
            return {f"/{way}": Work(verifies=1, signs=1, calls=(to("operator-2", size.behind_one),), answer=size.final)}
        case "operator-2":
            return {f"/{way}": Work(verifies=2, signs=1, calls=(to("keeper", size.behind_two),), answer=size.final)}
        case "keeper":
            return {f"/{way}": Work(verifies=3, signs=1, answer=size.final), told: Work(verifies=1)}
        case _:
            after = (to("keeper", size.outcome, told),)
            return {f"/{way}": Work(verifies=4, signs=2, answer=size.answer, after=after)}


def client(town: Town, url: str) -> PeerClient:
    """Return a way in, with the town's visitor's certificate."""
    place = town.visitor
    files = {"chain": place / "node.crt", "key": place / "node.key", "trusted": place / "network.crt"}
    return PeerClient("relay", url, tls.client_context(**files, check=lambda _der: None))


async def _all_listen(town: Town, ports: list[int]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    for port in ports:
        async with client(town, f"https://127.0.0.1:{port}") as asking:
            while not await _listens(asking):
                if time.monotonic() > deadline:
                    raise NotFinished("NOT_STARTED", "a relay of the bench does not listen", hint="try again")
                await asyncio.sleep(_POLL_SECONDS)


async def _listens(asking: PeerClient) -> bool:
    try:
        await asking.get("/")
    except PeerDown:
        return False
    return True
