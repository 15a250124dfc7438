"""An operator's ruling: the record first, once a message, and the rate of R7 beside the law."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from mynumber.codes.errors import ProtocolError
from mynumber.codes.law_table import LawTables, load_law
from mynumber.codes.permit import request
from mynumber.exchange.rate import WINDOW_SECONDS, Rate
from mynumber.exchange.view import state as states
from mynumber.exchange.view.state import Block, State
from mynumber.network import app, store
from mynumber.network.config import OperatorConfig
from mynumber.network.ruling import Operator
from mynumber.plumbing import config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import Clock
from tests.keeper import town
from tests.keeper.town import as_json, run, world

ME, NEXT = "op-1", "op-2"


@dataclass(frozen=True)
class Office:
    """Operator 1 of the vectors, alone: who comes after it does not answer."""

    operator: Operator
    loop: asyncio.Runner

    def asks(self, name: str, peer: str = "ward-a") -> str:
        """Hand in a message of the vectors; return who it was handed on to, or the name of the refusal."""
        try:
            self.loop.run(self.operator.convert(peer, bundle(name)))
        except PeerDown as behind:
            return behind.peer
        except ProtocolError as refused:
            return refused.code
        raise AssertionError("nobody comes after this operator here")

    def left(self) -> tuple[int, int, int]:
        """Return how many requests, refusals and leaves of the log there are."""
        node = self.operator.node
        with node.store.reading() as connection:
            tables = (store.REQUESTS, store.REFUSALS)
            made, refused = (
                connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
            )
            return made, refused, node.journal.size(connection)

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.operator.node.clock = Clock(self.operator.node.clock.offset_s + seconds)


@contextmanager
def opened(folder: Path, *, entries_a_minute: int = 6000, blocks: tuple[Block, ...] = ()) -> Iterator[Office]:
    secrets = world().operators[0]
    keys = {"seed": secrets.seed, "layer": secrets.layer, "sign": secrets.sign, "log": town.random_key()}
    files = {f"{name}.key": key for name, key in keys.items()}
    place = town.settle(folder / ME, store.SCHEMA, party=ME, keys=files)
    settings = config.load(place.configure(role="operator", party=ME), OperatorConfig)
    with town.opened(settings, place) as node, asyncio.Runner() as loop:
        signer = node.view.directory.signer("supervisor")
        node.view.laws = LawTables.of(load_law(as_json(table), "demo", signer) for table in world().laws)
        body = states.Body(network="demo", version=1, issued=town.NOW, valid_until=town.NOW + 3600, blocks=blocks)
        node.view.state = State(states.sign(body, ("supervisor", world().signing["supervisor"])), body)
        yield Office(Operator(node, app._own_keys(node), Rate(entries_a_minute)), loop)
        loop.run(node.peers.close())


def bundle(name: str) -> Json:
    return as_json({"message": run(name).message, "steps": [], "endorsements": []})


def test_what_is_handed_on_stands_in_the_store_and_in_the_log_and_only_once(tmp_path: Path) -> None:
    with opened(tmp_path) as office:
        assert office.asks("single") == NEXT
        assert office.left() == (1, 0, 1)
        assert office.asks("single") == NEXT
        assert office.left() == (1, 0, 1)


def test_a_message_that_arrives_twice_at_once_is_ruled_on_once(tmp_path: Path) -> None:
    async def twice(operator: Operator) -> list[Json | bytes | BaseException]:
        calls = (operator.convert("ward-a", bundle("single")) for _ in range(2))
        return await asyncio.gather(*calls, return_exceptions=True)

    with opened(tmp_path) as office:
        assert [type(each) for each in office.loop.run(twice(office.operator))] == [PeerDown, PeerDown]
        assert office.left() == (1, 0, 1)


def test_another_party_than_the_sender_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as office:
        assert office.asks("single", peer="pension") == "PERMIT_MISMATCH"
        assert office.asks("single", peer=NEXT) == "PERMIT_MISMATCH"
        assert office.left() == (0, 0, 0)


def test_what_is_stopped_is_refused_and_recorded_once(tmp_path: Path) -> None:
    stop = Block(party="ward-a", procedure="", item="", article="425AC0000000027 Art.28(6)", reason="no assessment")
    with opened(tmp_path, blocks=(stop,)) as office:
        assert office.asks("single") == office.asks("single") == "LAW_REFUSED"
        assert office.left() == (0, 1, 1)


def test_an_agency_has_so_many_entries_in_a_minute(tmp_path: Path) -> None:
    asked = request.peek(bundle("batch"))
    assert asked is not None
    count = asked.body.count
    assert count > 1
    with opened(tmp_path, entries_a_minute=count) as office:
        assert office.asks("batch") == NEXT
        assert office.asks("single") == "LAW_REFUSED"
        # What was ruled on needs no rate, and who asks for others has a rate of its own.
        assert office.asks("batch") == NEXT
        assert office.left() == (1, 1, 2)


def test_a_minute_later_there_is_room_again(tmp_path: Path) -> None:
    with opened(tmp_path, entries_a_minute=1) as office:
        assert office.asks("single") == NEXT
        office.later(WINDOW_SECONDS)
        assert office.asks("cross-epoch") == NEXT
        assert office.asks("hidden") == "LAW_REFUSED"
