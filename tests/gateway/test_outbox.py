"""Forms on their way: what is refused holds up nothing else and is tried again, ever more rarely."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from mynumber.codes.errors import ProtocolError
from mynumber.exchange.running.node import Node
from mynumber.gateway.answering import outbox
from mynumber.gateway.store import OUTBOX
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import Clock
from tests.gateway import acquiring_town
from tests.register.town import Town

HOUR = 3600


class Keeper(Town):
    """Takes forms, refuses what stands in `unwanted`; `came` is everything that came, in order."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.came: list[Json] = []
        self.unwanted: list[Json] = []

    async def call(self, party: str, name: str, body: Json, *, hops: int = 1) -> Json:
        """Take a form or refuse it."""
        assert (party, name) == ("keeper", "form")
        self.came.append(body)
        if party in self.down:
            raise PeerDown(party, "the connection was refused")
        if body in self.unwanted:
            raise ProtocolError("BAD_SIGNATURE")
        return {}


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path)


@pytest.fixture
def node(tmp_path: Path, keeper: Keeper) -> Iterator[Node]:
    with acquiring_town.office_node(tmp_path, keeper) as opened:
        yield opened


def put(node: Node, *bodies: Json) -> None:
    """Put forms into the outbox, as the step does that they belong to."""
    rows = [{"party": "keeper", "body": canonical.encode(body), "created": node.clock.now()} for body in bodies]
    node.store.write_now(lambda connection: connection.execute(insert(OUTBOX), rows))


def undelivered(node: Node) -> int:
    with node.store.reading() as connection:
        return len(connection.execute(OUTBOX.select().where(OUTBOX.c.delivered.is_(None))).all())


def deliver(node: Node, keeper: Keeper, *, seconds: float = 10) -> list[Json]:
    """Let forms be delivered until nothing comes any more, and return what came."""

    async def main() -> None:
        woken = asyncio.Event()
        task = asyncio.create_task(outbox.deliver(node, woken))
        end, quiet = time.monotonic() + seconds, 0
        while quiet < 3 and time.monotonic() < end and not task.done():
            before = len(keeper.came)
            woken.set()
            await asyncio.sleep(0.1)
            quiet = quiet + 1 if len(keeper.came) == before else 0
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    keeper.came = []
    asyncio.run(main())
    return keeper.came


def later(node: Node, seconds: int) -> None:
    node.clock = Clock(node.clock.offset_s + seconds)


def test_a_form_is_delivered_once(node: Node, keeper: Keeper) -> None:
    put(node, 1, 2)
    assert deliver(node, keeper) == [1, 2]
    assert deliver(node, keeper) == []
    assert undelivered(node) == 0


def test_forms_wait_while_their_party_is_away(node: Node, keeper: Keeper) -> None:
    keeper.down = {"keeper"}
    put(node, 1, 2)
    assert set(deliver(node, keeper, seconds=0.5)) == {1}, "the others would only find it away too"
    keeper.down = set()
    assert deliver(node, keeper) == [1, 2]


def test_refused_forms_hold_up_no_later_one(node: Node, keeper: Keeper) -> None:
    keeper.unwanted = list(range(100))
    put(node, *range(100), 1000)
    assert 1000 in deliver(node, keeper)
    put(node, 1001)
    assert 1001 in deliver(node, keeper)
    assert undelivered(node) == 100


def test_a_refused_form_is_tried_again_after_growing_pauses_up_to_an_hour(node: Node, keeper: Keeper) -> None:
    keeper.unwanted = [1]
    put(node, 1)
    pauses: list[int] = []
    for _ in range(12):
        assert deliver(node, keeper) == [1]
        with node.store.reading() as connection:
            pauses.append(connection.execute(select(OUTBOX.c.next_try)).scalar_one() - node.clock.now())
        later(node, pauses[-1] + 1)
    assert all(second >= 1.5 * first for first, second in pairwise(pauses[:9]))
    assert pauses[0] <= 10
    assert HOUR - 2 <= min(pauses[-2:]) <= max(pauses[-2:]) <= HOUR
    keeper.unwanted = []
    assert deliver(node, keeper) == [1]
    assert undelivered(node) == 0


def test_a_refused_form_waits_for_its_time(node: Node, keeper: Keeper) -> None:
    keeper.unwanted = [1]
    put(node, 1)
    for _ in range(4):
        deliver(node, keeper)
        later(node, 20)
    later(node, -10)
    assert deliver(node, keeper) == []
