"""`bench exchange`: whole exchanges of a town against the two prices that nobody can avoid.

  1. Start a town, ask once and in one batch, so that the sizes of all messages are known.
  2. Start relays with messages of those sizes: the price of the way.
  3. In every round: the town, the relays and the bare multiplications, one after the other, so that what else the
     machine does meanwhile falls on all of them.
  4. Look into the stores: what was counted and is not recorded at every party breaks the bench off.

Every figure is the median over the rounds.
"""

import asyncio
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mynumber.gateway.desk.client import Door
from mynumber.plumbing import config, tls
from mynumber.plumbing.client import Answer, PeerClient
from mynumber.plumbing.errors import OwnFault
from mynumber.world.bench import hops, scalars
from mynumber.world.bench.driving import Driven, Load, drive
from mynumber.world.bench.figures import Report, Row, middle, percentile, processor_seconds
from mynumber.world.bench.hops import Relays, Sizes
from mynumber.world.bench.scalars import Multiplications, Price
from mynumber.world.bench.staging import ASKER, PROVIDER, ROLES, Staged, own_town, running_town
from mynumber.world.town.evidence import Evidence

BATCH = 64
_WAYS = {"single": 1, "batch": BATCH}
_PATH = "/inquiries"
_ROLE_BY_ROLE = 16  # so many in flight are shown role by role


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured: rounds, seconds of each part, how many in flight."""

    rounds: int = 3
    seconds: float = 3.0
    in_flight: tuple[int, ...] = (1, 16, 64)
    batches_in_flight: int = 4


@dataclass(frozen=True, slots=True)
class _Part:
    """What one way is driven with: `entries` in each request, so many in flight."""

    way: str
    entries: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class _Measured:
    """One part of one round: what was driven, processor seconds by process, the price of the group at that time."""

    town: Driven
    town_cpu: Mapping[str, float]
    relays: Driven
    relays_cpu: Mapping[str, float]
    price: Price


@dataclass
class _Bench:
    """A bench at work."""

    staged: Staged
    extent: Extent
    bodies: Mapping[str, tuple[bytes, ...]]
    counted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_WAYS, 0))

    async def town(self, part: _Part, seconds: float) -> tuple[Driven, Mapping[str, float]]:
        """Drive the town; connections are opened and caches filled before it counts."""
        load = Load(_PATH, self.bodies[part.way], _answered)
        async with _desk(self.staged) as desk:
            warm = await drive(desk, load, in_flight=part.in_flight, seconds=0.0)
            driven, used = await _watched(desk, load, self.staged.pids, part.in_flight, seconds)
        self.counted[part.way] += warm.count + driven.count
        return driven, used


def bench(folder: Path | None, extent: Extent, progress: Callable[[str], None]) -> Report:
    """Measure the running town of `folder`, or one of our own, and return the figures."""
    if folder is not None:
        return measure(running_town(folder), extent, progress)
    progress("making a town")
    with own_town() as staged:
        return measure(staged, extent, progress)


def measure(staged: Staged, extent: Extent, progress: Callable[[str], None]) -> Report:
    """Measure a running town in which nobody else asks meanwhile."""
    bodies = {
        "single": staged.open_cases(max(extent.in_flight), 1),
        "batch": staged.open_cases(extent.batches_in_flight, BATCH),
    }
    before = recorded_exchanges(staged.evidence)
    run = _Bench(staged, extent, bodies)
    # (1) Sizes.
    sizes = {way: asyncio.run(_ask_once(run, way)) for way in _WAYS}
    parts = [_Part("single", 1, number) for number in extent.in_flight]
    parts.append(_Part("batch", BATCH, extent.batches_in_flight))
    # (2) Relays.
    with tempfile.TemporaryDirectory() as place, hops.relays(staged, sizes, Path(place)) as relays:
        # (3) Rounds.
        measured: dict[_Part, list[_Measured]] = {part: [] for part in parts}
        for number in range(extent.rounds):
            for part in parts:
                progress(f"round {number + 1} of {extent.rounds}: {part.way}, {part.in_flight} in flight")
                measured[part].append(asyncio.run(_measure(run, relays, part)))
    # (4) Records.
    recorded = require_recorded(staged.evidence, before, run.counted)
    return Report((*(row for part in parts for row in _rows(part, measured[part])), *recorded))


async def _ask_once(run: _Bench, way: str) -> Sizes:
    body = run.bodies[way][0]
    async with _desk(run.staged) as desk:
        answer = await desk.post(_PATH, body)
    if not _answered(answer):
        raise OwnFault("BENCH_BROKEN", f"the town does not answer: {answer.body[:300].decode('utf-8', 'replace')}")
    run.counted[way] += 1
    return Sizes.of(run.staged.evidence, _WAYS[way], inquiry=len(body), shown=len(answer.body))


async def _measure(run: _Bench, relays: Relays, part: _Part) -> _Measured:
    town, town_cpu = await run.town(part, run.extent.seconds)
    async with hops.client(run.staged.town, relays.url) as entry:
        load = relays.loads[part.way]
        await drive(entry, load, in_flight=part.in_flight, seconds=0.0)
        bare, bare_cpu = await _watched(entry, load, relays.pids, part.in_flight, run.extent.seconds / 2)
    return _Measured(town, town_cpu, bare, bare_cpu, scalars.measure(busy=part.in_flight))


async def _watched(
    client: PeerClient, load: Load, pids: Mapping[str, int], in_flight: int, seconds: float
) -> tuple[Driven, Mapping[str, float]]:
    before = {name: processor_seconds(pid) for name, pid in pids.items()}
    driven = await drive(client, load, in_flight=in_flight, seconds=seconds)
    return driven, {name: processor_seconds(pid) - before[name] for name, pid in pids.items()}


def _desk(staged: Staged) -> PeerClient:
    door = config.load(staged.officer / "gateway.toml", Door)
    place = staged.officer
    # The office's own CA vouches for nobody but its gateway and its officers.
    context = tls.client_context(
        chain=place / door.certificate, key=place / door.key, trusted=place / door.ca, check=lambda _der: None
    )
    return PeerClient(ASKER, door.office_url, context)


def _answered(answer: Answer) -> bool:
    return answer.status == 200 and json.loads(answer.body)["state"] == "answered"


# What the figures say.


def _rows(part: _Part, measured: list[_Measured]) -> list[Row]:
    named = f"{part.in_flight} in flight" if part.way == "single" else f"in batches of {BATCH}"
    unit = "exchanges/s" if part.way == "single" else "entries/s"
    way = "the same way without law, conversion and record"
    rows = [
        Row(
            f"whole exchanges, {named}",
            middle(one.town.rate * part.entries for one in measured),
            unit,
            way,
            middle(one.relays.rate * part.entries for one in measured),
        )
    ]
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        rows.append(
            Row(
                f"{name}, {named}",
                middle(1000 * percentile(one.town.took, share) for one in measured),
                "ms",
                way,
                middle(1000 * percentile(one.relays.took, share) for one in measured),
            )
        )
    return [*rows, *_processor_rows(part, measured, named)]


def _processor_rows(part: _Part, measured: list[_Measured], named: str) -> list[Row]:
    unit = "ms/exchange" if part.way == "single" else "ms/entry"
    needed = scalars.SINGLE if part.way == "single" else scalars.BATCH
    costs = [_Costs(one, part.entries) for one in measured]
    way = middle(cost.way(*ROLES) for cost in costs)
    group = middle(cost.group(*needed.values()) for cost in costs)
    floor = middle(cost.way(*ROLES) + cost.group(*needed.values()) for cost in costs)
    total = middle(cost.town(*cost.measured.town_cpu) for cost in costs)
    both = "the way and the multiplications"
    rows = [Row(f"processor of all roles, {named}", total, unit, both, floor)]
    if part.way == "single" and part.in_flight != _ROLE_BY_ROLE:
        return rows
    rows.append(Row(f"processor of the bare way, {named}", way, unit, both, floor))
    rows.append(Row(f"processor of the bare multiplications, {named}", group, unit, both, floor))
    for role, party in ROLES.items():
        own = middle(cost.way(role) + cost.group(needed[role]) for cost in costs)
        value = middle(cost.town(party) for cost in costs)
        rows.append(Row(f"processor of {role}, {named}", value, unit, "its way and its multiplications", own))
    return rows


@dataclass(frozen=True, slots=True)
class _Costs:
    """Processor milliseconds of one part of one round, for each exchange or entry."""

    measured: _Measured
    entries: int

    def town(self, *parties: str) -> float:
        """Return what these institutions used."""
        used = sum(self.measured.town_cpu[party] for party in parties)
        return 1000 * used / (self.measured.town.count * self.entries)

    def way(self, *roles: str) -> float:
        """Return what the relays of these roles used."""
        used = sum(self.measured.relays_cpu[role] for role in roles)
        return 1000 * used / (self.measured.relays.count * self.entries)

    def group(self, *needed: Multiplications) -> float:
        """Return the price of these multiplications."""
        return 1000 * sum(one.seconds(self.measured.price) for one in needed)


# What the stores say.


def recorded_exchanges(evidence: Evidence) -> dict[str, dict[str, int]]:
    """Return, for each record that every exchange leaves, how many single and batched ones there are."""
    counts = {
        "endorsed by operator-1": ("operator-1", "requests", "count = ?"),
        "endorsed by operator-2": ("operator-2", "requests", "count = ?"),
        "released by the keeper": ("keeper", "releases", "count = ?"),
        "answered by the provider": (PROVIDER, "answered", "count = ?"),
        "answers kept by the asker": (
            ASKER,
            "inquiries",
            "state = 'answered' AND (SELECT count(*) FROM inquiry_entries WHERE inquiry = inquiries.id) = ?",
        ),
        "seen by an officer of the asker": (
            ASKER,
            "inquiries",
            "(SELECT count(*) FROM looks WHERE inquiry = inquiries.id AND what = 'data-seen') = ?",
        ),
    }
    return {
        what: {way: evidence.count(party, table, where, (count,)) for way, count in _WAYS.items()}
        for what, (party, table, where) in counts.items()
    }


def require_recorded(
    evidence: Evidence, before: Mapping[str, Mapping[str, int]], counted: Mapping[str, int]
) -> list[Row]:
    """Return what was recorded since, or raise: a store that lacks what was counted makes the figures worthless."""
    rows = []
    for what, now in recorded_exchanges(evidence).items():
        grown = {way: now[way] - before[what][way] for way in _WAYS}
        if grown != counted:
            raise OwnFault(
                "NOT_RECORDED", f"{what}: {grown} instead of {counted}", hint="nobody else may ask meanwhile"
            )
        rows.append(Row(what, sum(grown.values()), "exchanges", "exchanges counted", sum(counted.values())))
    return rows
