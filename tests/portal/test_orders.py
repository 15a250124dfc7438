"""Orders on their way, with lying and silent parties: the portal signs its own order only and believes no bundle."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import mul
from mynumber.codes.hashing import h2g
from mynumber.codes.names import record_name
from mynumber.codes.parties.standing import Standing
from mynumber.exchange.rate import Rate
from mynumber.exchange.running.node import Node, Schema
from mynumber.exchange.view.anchors import Network
from mynumber.exchange.view.view import View
from mynumber.plumbing import database, keyfiles
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.config import Listen
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import Refused
from mynumber.portal import app
from mynumber.portal.config import PortalConfig
from mynumber.portal.replica import WITH_REPLICA
from mynumber.portal.signed_in import orders
from mynumber.portal.signed_in.orders import Orders, Present, Tags
from mynumber.register.citizens.orders import Orders as Written
from mynumber.register.citizens.sessions import Sessions
from mynumber.register.store import SCHEMA, Seals
from tests.register.people import registered
from tests.register.town import Town, node_of, world

PORTAL, SESSION = "portal", bytes(16)


class Wire(Town):
    """What passes between portal, register and operators; `bend` changes what a call gives back."""

    written: Written

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.bend: dict[str, Callable[[Json], Json]] = {}
        self.orders: list[Json] = []

    async def call(self, party: str, name: str, body: Json, *, hops: int = 1) -> Json:
        """Let the register write and the operators convert."""
        self.calls.append((party, name))
        if party in self.down:
            raise PeerDown(party, "the connection was refused")
        if party in self.refusing:
            raise self.refusing[party]
        answer = await self.written.order(PORTAL, body) if name == "order" else self.convert(body)
        self.orders.append(answer)
        change = self.bend.get(name)
        return answer if change is None else change(answer)

    def convert(self, bundle: Json) -> Json:
        """The operators in turn; a read is not the keeper's."""
        for keys in world().operators:
            bundle = self._endorse(keys, bundle).bundle
        return bundle


@dataclass
class Desk:
    """A portal at work, and a citizen who is present."""

    orders: Orders
    wire: Wire
    root: bytes
    present: Present

    def tags(self) -> Tags:
        return asyncio.run(self.orders.tags(self.present, world().directory, {}))

    def expected(self, agency: str, epoch: int) -> bytes:
        point = h2g("person", self.root)
        for operator in world().operators:
            point = mul(operator.factor("demo", record_name(agency, epoch)), point)
        return point


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Open stores for the test's time; nobody is waited for."""
    monkeypatch.setattr(orders, "WAIT_SECONDS", 0.0)
    wire = Wire(tmp_path)
    with closing(made(tmp_path / "register", SCHEMA)) as known, closing(made(tmp_path / "portal", WITH_REPLICA)) as own:
        yield desk_over(known, own, wire, tmp_path)


def desk_over(known: Store, own: Store, wire: Wire, tmp_path: Path) -> Desk:
    seals = Seals.of(os.urandom(32))
    registered(known, seals, 1)
    register, sessions = node_of(tmp_path, known, wire), Sessions()
    until = sessions.begin(SESSION, PORTAL, 1, wire.clock.now())
    wire.written = Written(register, seals, lambda _: world().register, sessions, Rate(600), 200)
    with known.reading() as connection:
        root = seals.root.open(connection.exec_driver_sql("SELECT root FROM residents").scalar_one())
    node = portal_node(tmp_path, own, wire)
    return Desk(Orders(node, app.keys_of(node)), wire, root, Present(SESSION, until))


def made(folder: Path, schema: Schema) -> Store:
    folder.mkdir()
    url = database.store_url("data.db", folder)
    database.create(url, schema.metadata, schema.version)
    return Store(url, schema.metadata, schema.version)


def portal_node(folder: Path, store: Store, wire: Wire) -> Node:
    listen = Listen(port=0, url="https://127.0.0.1")
    settings = PortalConfig(
        role="portal", id=PORTAL, organisation="org-portal", network="demo", peer=listen, public=listen
    )
    network = Network(network="demo", operators=())
    view = View(network, clock=wire.clock, store=store, papers=WITH_REPLICA.papers, peers=wire, me=PORTAL)
    view.standing = Standing(world().directory)
    keyfiles.write_secret(folder / "keys" / "sign.key", world().signing[PORTAL])
    keyfiles.write_secret(folder / "keys" / "transport.key", world().transport[PORTAL])
    return Node(settings, folder, wire.clock, WITH_REPLICA, store, wire, view)


def test_the_tags_are_those_of_the_person_in_every_record_domain(desk: Desk) -> None:
    tags = desk.tags()
    assert set(tags) == set(world().directory.domains)
    assert all(tag == desk.expected(agency, epoch) for (agency, epoch), tag in tags.items())
    assert desk.wire.calls == [("register", "order"), ("op-1", "convert")]


def test_many_domains_are_asked_for_in_runs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = desk.tags()
    monkeypatch.setattr(orders, "_MOST_DOMAINS", 3)
    assert desk.tags() == whole
    assert len(whole) == 8
    assert desk.wire.calls.count(("op-1", "convert")) == 1 + 3


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def test_what_the_register_wrote_for_another_order_is_not_signed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_MOST_DOMAINS", 3)
    desk.tags()
    first = desk.wire.orders[0]
    monkeypatch.setattr(orders, "_MOST_DOMAINS", 256)
    desk.wire.calls.clear()
    desk.wire.bend["order"] = lambda _written: first
    assert code_of(desk.tags) == "ORDER_MISMATCH"
    assert desk.wire.calls == [("register", "order")]


def test_a_bundle_of_another_request_is_not_believed(desk: Desk) -> None:
    desk.tags()
    before = desk.wire.orders[-1]
    desk.wire.bend["convert"] = lambda _bundle: before
    assert code_of(desk.tags) == "PERMIT_MISMATCH"


def test_a_bundle_whose_conversion_was_changed_is_not_opened(desk: Desk) -> None:
    def exchanged(bundle: Json) -> Json:
        assert isinstance(bundle, dict)
        steps = bundle["steps"]
        assert isinstance(steps, list)
        last = steps[-1]
        assert isinstance(last, dict)
        legs = last["legs"]
        assert isinstance(legs, list)
        return {**bundle, "steps": [*steps[:-1], {**last, "legs": [legs[1], legs[0], *legs[2:]]}]}

    desk.wire.bend["convert"] = exchanged
    assert code_of(desk.tags) in ("LIST_HASH", "BAD_CONVERSION_PROOF")


def test_a_session_that_the_register_ended_is_signed_out(desk: Desk) -> None:
    desk.wire.refusing["register"] = ProtocolError("ORDER_MISMATCH")
    assert code_of(desk.tags) == "SIGNED_OUT"


@pytest.mark.parametrize("party", ["register", "op-1"])
def test_a_party_that_is_away_is_no_refusal(desk: Desk, party: str) -> None:
    desk.wire.down.add(party)
    with pytest.raises(PeerDown):
        desk.tags()
    desk.wire.down.clear()
    assert desk.tags()


def test_an_order_past_the_end_of_the_session_is_not_signed(desk: Desk) -> None:
    desk.present = Present(SESSION, desk.wire.clock.now() - 1)
    assert code_of(desk.tags) == "ORDER_MISMATCH"
    assert ("op-1", "convert") not in desk.wire.calls
