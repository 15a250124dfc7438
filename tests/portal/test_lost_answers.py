"""A lost answer makes no second request: what a session sent is sent again byte for byte, as long as it serves."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from mynumber.codes.convert.endorse import Endorsed, Known, endorse
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import OperatorKeys
from mynumber.codes.law_table import Body, LawTables, Row, load_law, sign_law
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.release import KnownRelease, release
from mynumber.exchange.running.node import Node
from mynumber.exchange.view.peers import KeysChange
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.errors import MyNumberError
from mynumber.portal.citizens import History, OwnAnswer
from mynumber.portal.config import PortalConfig
from mynumber.portal.replica import WITH_REPLICA
from mynumber.portal.signed_in import orders
from mynumber.portal.signed_in.desk import Desk
from mynumber.register.store import SCHEMA
from tests.portal.test_orders import PORTAL, Wire, desk_over, made
from tests.register.people import NOW
from tests.register.town import OFFICES, world

ITEM = "pension"


@cache
def laws() -> LawTables:
    """Return a table in which citizens may ask every office for one thing."""
    row = Row(kind="self", from_="portal", to="office", procedure="self-information", items=(ITEM,), hide="")
    roles = {"office": OFFICES, "portal": (PORTAL,)}
    supervisor = world().directory.signer(world().directory.body.supervisor.id)
    body = Body(v=1, network="demo", from_=NOW - 3600, roles=roles, rows=(row,))
    signed = sign_law(body, (supervisor[0], world().signing[supervisor[0]]))
    return LawTables.of([load_law(signed, "demo", supervisor)])


class Losing(Wire):
    """A network that does its work; of the calls in `lost` no answer arrives, and offices never answer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.moved = folder / "clock"
        self.clock = replace(self.clock, file=self.moved)
        self.lost: set[str] = set()
        self.sent: dict[str, list[bytes]] = {"order": [], "convert": [], "inquire": []}
        self.records: list[bytes] = []

    async def call(self, party: str, name: str, body: Json, *, hops: int = 1) -> Json:
        """Do what is asked, and answer unless that is lost."""
        self.sent[name].append(canonical.encode(body))
        if name == "inquire":
            raise PeerDown(party, "no answer in time")
        answer = await super().call(party, name, body, hops=hops)
        if name in self.lost:
            raise PeerDown(party, "no answer in time")
        return answer

    def convert(self, bundle: Json) -> Json:
        """The operators in turn; what is no read goes on to the keeper, which records it."""
        for keys in world().operators:
            endorsed = self._endorse(keys, bundle)
            bundle = endorsed.bundle
        return bundle if endorsed.request.kind == "read" else self._recorded(bundle)

    def _endorse(self, keys: OperatorKeys, bundle: Json) -> Endorsed:
        endorsed = endorse(
            arrived(bundle, released=False),
            me=keys,
            standing=Standing(world().directory),
            laws=laws(),
            now=self.clock.now(),
            rand=os.urandom(32),
            known=lambda digest: self._endorsed.get((keys.id, digest)),
            extra=lambda _asked: None,
        )
        self._endorsed[keys.id, endorsed.request_hash] = Known(endorsed.message_hash, endorsed.bundle)
        return endorsed

    def _recorded(self, bundle: Json) -> Json:
        released = release(
            arrived(bundle, released=False),
            me=world().keeper,
            standing=Standing(world().directory),
            now=self.clock.now(),
            rand=os.urandom(32),
            known=self._released.get,
            is_member=lambda _domain, _tag: True,
        )
        if released.fresh:
            self.records.append(released.request_hash)
        self._released[released.request_hash] = KnownRelease(released.permit_hash, released.release)
        return released.bundle

    def move(self, seconds: int) -> None:
        """Let so much time have passed, since the beginning."""
        self.moved.write_text(str(seconds), encoding="ascii")


@dataclass
class Asking:
    """A citizen who is signed in at a portal whose network loses answers."""

    desk: Desk
    wire: Losing
    key: str

    def own(self, office: str = "pension") -> OwnAnswer:
        return asyncio.run(self.desk.own(self.key, office, [ITEM]))

    def code_of(self, act: Callable[[], object]) -> str:
        with pytest.raises(MyNumberError) as caught:
            act()
        return caught.value.code


@pytest.fixture
def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    """Open stores for the test's time; nobody is waited for."""
    monkeypatch.setattr(orders, "WAIT_SECONDS", 0.0)
    wire = Losing(tmp_path)
    with closing(made(tmp_path / "register", SCHEMA)) as known, closing(made(tmp_path / "portal", WITH_REPLICA)) as own:
        made_for = desk_over(known, own, wire, tmp_path)
        node: Node = made_for.orders.node
        node.view.laws = laws()
        assert isinstance(node.config, PortalConfig)
        desk = Desk.of(node, node.config, made_for.orders)
        now = wire.clock.now()
        yield Asking(desk, wire, desk.sessions.begin(made_for.present, now + 1800, now).key)


def test_what_the_network_answered_in_vain_is_asked_again_with_the_same_bytes(asking: Asking) -> None:
    asking.wire.lost.add("convert")
    for _ in range(2):
        assert asking.code_of(asking.own) == "PEER_DOWN"
    asking.wire.lost.clear()
    assert asking.own().state == "pending"
    assert (len(asking.wire.sent["order"]), len(asking.wire.records)) == (1, 1)
    assert len(asking.wire.sent["convert"]) == 3
    assert len(set(asking.wire.sent["convert"])) == 1


def test_what_the_office_did_not_answer_is_asked_again_with_the_same_bytes(asking: Asking) -> None:
    permits = {asking.own().permit for _ in range(3)}
    assert (len(permits), len(asking.wire.records), len(asking.wire.sent["convert"])) == (1, 1, 1)
    assert len(asking.wire.sent["inquire"]) == 3
    assert len(set(asking.wire.sent["inquire"])) == 1


def test_another_question_is_another_request(asking: Asking) -> None:
    asking.wire.lost.add("convert")
    for office in ("pension", "ward-a"):
        assert asking.code_of(lambda office=office: asking.own(office)) == "PEER_DOWN"  # type: ignore[misc]
    assert len(asking.wire.records) == 2


def test_a_message_that_serves_no_more_is_followed_by_another(asking: Asking) -> None:
    asking.wire.lost.add("convert")
    assert asking.code_of(asking.own) == "PEER_DOWN"
    asking.wire.move(299)
    assert asking.code_of(asking.own) == "PEER_DOWN"
    assert (len(asking.wire.sent["order"]), len(asking.wire.records)) == (1, 1)
    asking.wire.move(305)
    assert asking.code_of(asking.own) == "PEER_DOWN"
    assert (len(asking.wire.sent["order"]), len(asking.wire.records)) == (2, 2)


def test_a_permit_that_has_expired_is_followed_by_another(asking: Asking) -> None:
    first = asking.own().permit
    (kept,) = asking.desk.sessions.visit(asking.key, asking.wire.clock.now()).asked.values()
    assert kept.released is not None
    lasts = kept.released.permit.expires - asking.wire.clock.now()
    asking.wire.move(lasts - 5)
    assert asking.own().permit == first
    asking.wire.move(lasts + 5)
    assert asking.own().permit != first


def test_what_was_refused_is_not_asked_again(asking: Asking) -> None:
    asking.wire.refusing["op-1"] = ProtocolError("LAW_REFUSED")
    assert asking.code_of(asking.own) == "LAW_REFUSED"
    asking.wire.refusing.clear()
    assert asking.own().state == "pending"
    assert len(asking.wire.sent["order"]) == 2


def test_a_read_whose_answer_was_lost_is_read_again_with_the_same_bytes(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "_MOST_DOMAINS", 3)

    def history() -> History:
        return asyncio.run(asking.desk.history(asking.key))

    asking.wire.down.add("op-1")
    assert asking.code_of(history) == "PEER_DOWN"
    asking.wire.down.clear()
    asking.wire.lost.add("convert")
    assert asking.code_of(history) == "PEER_DOWN"
    asking.wire.lost.clear()
    history()
    assert len(asking.wire.sent["order"]) == 3
    assert len(set(asking.wire.sent["convert"])) == 3
    assert len(asking.wire.sent["convert"]) == 5
    assert asking.desk.sessions.visit(asking.key, asking.wire.clock.now()).reads == {}
    history()
    assert len(asking.wire.sent["convert"]) == 5


def test_a_session_that_ended_leaves_nothing_to_send_again(asking: Asking) -> None:
    asking.wire.lost.add("convert")
    assert asking.code_of(asking.own) == "PEER_DOWN"
    asyncio.run(asking.desk.sign_out(asking.key))
    assert asking.code_of(asking.own) == "SIGNED_OUT"
    assert len(asking.wire.sent["convert"]) == 1


def test_a_citizen_whose_request_waits_for_a_key_is_told_so_at_once(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "WAIT_SECONDS", 30.0)
    asking.wire.refusing["register"] = KeysChange("register")
    for act in (asking.own, lambda: asyncio.run(asking.desk.history(asking.key))):
        with pytest.raises(KeysChange) as told:
            act()
        assert (told.value.code, told.value.hint) == ("KEYS_CHANGE", "ask again in a minute")
    assert len(asking.wire.sent["order"]) == 2
    asking.wire.refusing.clear()
    assert asking.own().state == "pending"
