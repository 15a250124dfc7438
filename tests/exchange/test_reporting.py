"""A party tells its counts of the running month and the last ones of the month before, and repeats what nobody took."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.exchange.running import reporting, routes
from mynumber.exchange.running.node import Node
from mynumber.keeper import store as keeper_store
from mynumber.oversight import store as supervisor_store
from mynumber.plumbing import config, logs, server
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import NodeConfig
from tests.keeper import town


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


OCTOBER = at("2026-09-30T15:00:00")
"""When October begins in Japan."""


@pytest.mark.parametrize(
    ("utc", "month", "before"),
    [
        ("2026-09-30T14:59:59", "2026-09", "2026-08"),
        ("2026-09-30T15:00:00", "2026-10", "2026-09"),
        ("2026-12-31T15:00:00", "2027-01", "2026-12"),
        ("2024-03-30T15:00:00", "2024-03", "2024-02"),
    ],
)
def test_a_month_begins_in_japan(utc: str, month: str, before: str) -> None:
    assert (reporting.month_of(at(utc)), reporting.month_before(at(utc))) == (month, before)


@given(st.integers(OCTOBER, OCTOBER + 10**9))
def test_the_month_before_is_the_one_that_ended_last(now: int) -> None:
    before = reporting.month_before(now)
    assert before < reporting.month_of(now)
    assert reporting.month_before(now - 31 * 86_400) <= before <= reporting.month_of(now - 28 * 86_400)


def test_a_month_is_settled_when_every_permit_of_it_is_over() -> None:
    assert [reporting.settled(OCTOBER + seconds) for seconds in (-1, 0, 899, 900)] == [True, False, False, True]


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Node]:
    """A keeper's open store; nobody listens where it looks for the supervisor."""
    place = town.settle(tmp_path / "keeper", keeper_store.SCHEMA, party="keeper", keys={"log.key": town.random_key()})
    path = place.configure(role="keeper", party="keeper")
    with town.opened(config.load(path, NodeConfig), place, now=OCTOBER) as node:
        yield node


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Node]:
    """A supervisor's open store."""
    place = town.settle(tmp_path / "supervisor", supervisor_store.SCHEMA, party="supervisor", keys={})
    path = place.configure(role="supervisor", party="supervisor")
    with town.opened(config.load(path, NodeConfig), place, now=OCTOBER) as node:
        yield node


class Office:
    """The reporter of a keeper whose counts change all the time, and a supervisor that takes them while it is there."""

    def __init__(self, keeper: Node, supervisor: Node) -> None:
        self.asked: Counter[str] = Counter()
        self.arrived: list[str] = []
        self._keeper, self._supervisor, self._port = keeper, supervisor, town.free_port()
        keeper.peers.learn({"supervisor": f"https://127.0.0.1:{self._port}"})
        routes.add_call(supervisor, "form", self._take)

    async def _take(self, _peer: str, body: Json) -> Json:
        assert isinstance(body, dict)
        self.arrived.append(str(body["month"]))
        return {}

    def form(self, month: str) -> Json:
        """Return counts that were never the same before."""
        self.asked[month] += 1
        return {"month": month, "count": self.asked[month]}

    def move(self, now: int) -> None:
        """Let it be this time for the keeper."""
        clock = self._keeper.clock
        self._keeper.clock = Clock(clock.offset_s + now - clock.now())

    async def rounds(self, *, month: str) -> set[str]:
        """Let some rounds pass, which are counted by the running month; return the months that were told in them."""
        end = self.asked[month] + 5
        self.arrived.clear()
        async with asyncio.timeout(10):
            while self.asked[month] < end:  # noqa: ASYNC110  # counted in a thread
                await asyncio.sleep(0.01)
        return set(self.arrived)

    @asynccontextmanager
    async def reporting(self) -> AsyncIterator[None]:
        """Report until the block ends."""
        task = asyncio.ensure_future(reporting.reporter(self._keeper, self.form)())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Let the supervisor be there until the block ends."""
        context = self._supervisor.peer_context()
        listener = server.Listener(self._supervisor.app, host="127.0.0.1", port=self._port, context=context)
        await listener.start()
        try:
            yield
        finally:
            await listener.stop()
            await self._keeper.peers.close()


@pytest.fixture
def office(keeper: Node, supervisor: Node, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The two of them, with short rounds."""
    monkeypatch.setattr(reporting, "SECONDS", 0.01)
    return Office(keeper, supervisor)


def test_the_month_before_is_told_until_it_is_settled(office: Office) -> None:
    async def scene() -> None:
        office.move(OCTOBER - 60)
        async with office.listening(), office.reporting():
            assert await office.rounds(month="2026-09") >= {"2026-09"}
            office.move(OCTOBER)
            assert await office.rounds(month="2026-10") == {"2026-09", "2026-10"}
            office.move(OCTOBER + 800)
            assert await office.rounds(month="2026-10") == {"2026-09", "2026-10"}
            office.move(OCTOBER + 900)
            await office.rounds(month="2026-10")
            assert await office.rounds(month="2026-10") == {"2026-10"}

    asyncio.run(scene())


def test_last_counts_that_nobody_took_are_told_later(office: Office) -> None:
    async def scene() -> None:
        office.move(OCTOBER + 86_400)
        async with office.reporting():
            assert await office.rounds(month="2026-10") == set()
            async with office.listening():
                assert await office.rounds(month="2026-10") == {"2026-09", "2026-10"}
                assert await office.rounds(month="2026-10") == {"2026-10"}

    asyncio.run(scene())


def test_everything_is_told_again_after_a_while_because_who_took_it_may_have_forgotten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "AGAIN_SECONDS", 0.5)
    office.form = lambda month: {"month": month}  # type: ignore[method-assign]  # counts that never change

    async def scene() -> None:
        office.move(OCTOBER + 86_400)
        async with office.listening(), office.reporting():
            await asyncio.sleep(2)

    asyncio.run(scene())
    assert min(office.arrived.count(month) for month in ("2026-09", "2026-10")) > 2
    assert max(office.arrived.count(month) for month in ("2026-09", "2026-10")) < 6


def test_a_supervisor_that_is_away_is_told_once_and_not_in_every_round(office: Office, tmp_path: Path) -> None:
    async def scene() -> None:
        office.move(OCTOBER + 86_400)
        async with office.reporting():
            await office.rounds(month="2026-10")
            async with office.listening():
                await office.rounds(month="2026-10")

    with logs.to_file(tmp_path / "journal.log"):
        asyncio.run(scene())
    lines = (tmp_path / "journal.log").read_text(encoding="utf-8").splitlines()
    said = [each for each in map(json.loads, lines) if each["event"] == "counts.unsent"]
    assert [(each.get("code"), each.get("state")) for each in said] == [("PEER_DOWN", None), (None, "over")]
