"""Sign-ins and orders at the register: whose card, which portal, once, in time; requests about that person alone."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import mul, plus, reduce, sub
from mynumber.codes.hashing import h2g
from mynumber.codes.keys import AgencyKeys
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import layout, request
from mynumber.codes.permit import portal as portals
from mynumber.codes.permit.portal import Session
from mynumber.exchange.rate import Rate
from mynumber.exchange.running.node import Node
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json, b64
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import NotFinished, Refused
from mynumber.register.citizens import cards
from mynumber.register.citizens.cards import Applicant, Authority
from mynumber.register.citizens.logins import Logins
from mynumber.register.citizens.orders import Orders
from mynumber.register.citizens.sessions import Sessions
from mynumber.register.store import CARDS, RESIDENTS, SIGN_INS, Seals
from tests.register.cards import SomeCard, authority, cards_of, forged, some_nonce
from tests.register.people import NOW, persons, plain, registered
from tests.register.town import world

PORTAL = "portal"
READ: Json = {"kind": "read", "from": PORTAL, "domains": [{"agency": "ward-a", "epoch": 1}]}


@dataclass
class Desk:
    """The register's desk for portals, and two citizens' cards."""

    node: Node
    logins: Logins
    orders: Orders
    cards: list[SomeCard]
    ca: Authority

    def login(self, body: Json, peer: str = PORTAL) -> dict[str, Json]:
        answer = asyncio.run(self.logins.login(peer, body))
        assert isinstance(answer, dict)
        return answer

    def nonce(self, peer: str = PORTAL) -> bytes:
        return canonical.unb64(self.login({}, peer)["nonce"], 16)

    def show(self, card: SomeCard, nonce: bytes, signature: bytes | None = None, peer: str = PORTAL) -> dict[str, Json]:
        signed = card.sign(nonce) if signature is None else signature
        return self.login({"nonce": b64(nonce), "certificate": b64(card.der), "signature": b64(signed)}, peer)

    def session(self, person: int = 0) -> Json:
        return self.show(self.cards[person], self.nonce())["session"]

    def order(self, session: Json, order: Json = READ, peer: str = PORTAL) -> Json:
        return asyncio.run(self.orders.order(peer, {"session": session, "order": order}))

    def later(self, seconds: int) -> None:
        self.node.clock = Clock(self.node.clock.offset_s + seconds)

    def records(self) -> list[tuple[str, str, str]]:
        with self.node.store.reading() as connection:
            query = select(SIGN_INS.c.portal, SIGN_INS.c.event, SIGN_INS.c.result).order_by(SIGN_INS.c.id)
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]


@pytest.fixture
def desk(node: Node, store: Store, seals: Seals) -> Desk:
    return made_desk(node, store, seals)


def made_desk(node: Node, store: Store, seals: Seals, *, most: int = 200, a_minute: int = 600) -> Desk:
    ca, sessions = authority(), Sessions()
    logins = Logins(node, ca.root, sessions, Rate(a_minute))
    orders = Orders(node, seals, lambda _: world().register, sessions, Rate(a_minute), most)
    return Desk(node, logins, orders, cards_of(store, seals, ca, 2), ca)


def refusal(step: Callable[[], object]) -> str:
    with pytest.raises(ProtocolError) as caught:
        step()
    return caught.value.code


def test_a_card_begins_a_session_of_half_an_hour(desk: Desk) -> None:
    answer = desk.show(desk.cards[0], desk.nonce())
    assert len(canonical.unb64(answer["session"])) == 16
    assert answer["until"] == desk.node.clock.now() + 1800
    assert desk.records() == [(PORTAL, "login", "ok")]


def test_a_nonce_serves_once_whatever_came_of_it(desk: Desk) -> None:
    nonce = desk.nonce()
    desk.show(desk.cards[0], nonce)
    assert refusal(lambda: desk.show(desk.cards[0], nonce)) == "REPLAYED"
    nonce = desk.nonce()
    assert refusal(lambda: desk.show(desk.cards[0], nonce, b"\x30\x00")) == "BAD_SIGNATURE"
    assert refusal(lambda: desk.show(desk.cards[0], nonce)) == "REPLAYED"
    assert [result for _, _, result in desk.records()] == ["ok", "REPLAYED", "BAD_SIGNATURE", "REPLAYED"]


def test_a_nonce_serves_for_two_minutes(desk: Desk) -> None:
    nonce, late = desk.nonce(), desk.nonce()
    desk.later(119)
    desk.show(desk.cards[0], nonce)
    desk.later(2)
    assert refusal(lambda: desk.show(desk.cards[0], late)) == "NOT_FRESH"
    assert refusal(lambda: desk.show(desk.cards[0], some_nonce())) == "NOT_FRESH"


def test_a_nonce_of_one_portal_is_worth_nothing_at_another(desk: Desk) -> None:
    nonce, now = some_nonce(), desk.node.clock.now()
    desk.logins.sessions.offer(nonce, "another-portal", now)
    assert refusal(lambda: desk.show(desk.cards[0], nonce)) == "NOT_FRESH"
    desk.logins.sessions.use(nonce, "another-portal", now)


def test_what_a_card_made_for_another_portal_or_nonce_or_network_is_worth_nothing(desk: Desk) -> None:
    card = desk.cards[0]
    nonce = desk.nonce()
    assert refusal(lambda: desk.show(card, nonce, card.sign(nonce, "another-portal"))) == "BAD_SIGNATURE"
    nonce = desk.nonce()
    assert refusal(lambda: desk.show(card, nonce, card.sign(some_nonce()))) == "BAD_SIGNATURE"
    nonce = desk.nonce()
    assert refusal(lambda: desk.show(card, nonce, card.sign(nonce, network="other"))) == "BAD_SIGNATURE"


def test_another_person_s_signature_does_not_fit_a_certificate(desk: Desk) -> None:
    nonce = desk.nonce()
    assert refusal(lambda: desk.show(desk.cards[0], nonce, desk.cards[1].sign(nonce))) == "BAD_SIGNATURE"


def test_a_certificate_of_another_ca_is_nobody_s(desk: Desk) -> None:
    false = forged(desk.ca, desk.cards[0].certificate.serial_number)
    assert refusal(lambda: desk.show(false, desk.nonce())) == "BAD_SIGNATURE"


def test_bytes_that_are_no_certificate_are_refused(desk: Desk) -> None:
    for der in (b"", b"\x30\x82", b"\x30" * 5000):
        body: Json = {"nonce": b64(desk.nonce()), "certificate": b64(der), "signature": b64(b"\x30\x00")}
        with pytest.raises(ProtocolError, match="BAD_SIGNATURE"):
            desk.login(body)


def test_a_revoked_card_a_replaced_one_and_one_that_ended_sign_nobody_in(desk: Desk, seals: Seals) -> None:
    store, now = desk.node.store, desk.node.clock.now()
    with store.writing() as connection:
        assert cards.revoke(connection, desk.cards[1].certificate.serial_number, now=now)
    assert refusal(lambda: desk.show(desk.cards[1], desk.nonce())) == "BAD_SIGNATURE"
    (again,) = cards_of(store, seals, desk.ca, 1)
    assert refusal(lambda: desk.show(desk.cards[0], desk.nonce())) == "BAD_SIGNATURE"
    desk.show(again, desk.nonce())
    desk.later(401 * 86_400)
    assert refusal(lambda: desk.show(again, desk.nonce())) == "BAD_SIGNATURE"


def test_the_register_s_own_end_of_a_card_counts(desk: Desk) -> None:
    with desk.node.store.writing() as connection:
        connection.execute(CARDS.update().values(not_after=desk.node.clock.now() - 1))
    assert refusal(lambda: desk.show(desk.cards[0], desk.nonce())) == "BAD_SIGNATURE"


def test_a_card_that_the_register_does_not_know_any_more_signs_nobody_in(desk: Desk) -> None:
    with desk.node.store.writing() as connection:
        connection.execute(CARDS.delete())
    assert refusal(lambda: desk.show(desk.cards[0], desk.nonce())) == "BAD_SIGNATURE"


def test_only_portals_come_here(desk: Desk) -> None:
    session = desk.session()
    for peer in ("ward-a", "keeper", "op-1", "supervisor"):
        assert refusal(lambda peer=peer: desk.login({}, peer)) == "ROLE_CONFLICT"  # type: ignore[misc]
        assert refusal(lambda peer=peer: desk.order(session, peer=peer)) == "ROLE_CONFLICT"  # type: ignore[misc]


def test_sign_ins_of_a_portal_are_limited(node: Node, store: Store, seals: Seals) -> None:
    desk = made_desk(node, store, seals, a_minute=3)
    for _ in range(3):
        desk.nonce()
    with pytest.raises(NotFinished):
        desk.nonce()


@pytest.mark.parametrize(
    "body", [{"nonce": ""}, [], {"nonce": b64(bytes(16)), "certificate": "", "signature": 1}, {"a": 1}, None]
)
def test_a_malformed_sign_in_is_refused(desk: Desk, body: Json) -> None:
    assert refusal(lambda: desk.login(body)) == "BAD_ENCODING"


def portal_keys() -> AgencyKeys:
    return AgencyKeys(PORTAL, world().transport[PORTAL], b"", world().signing[PORTAL])


def test_the_register_writes_what_the_portal_countersigns(desk: Desk) -> None:
    message = desk.order(desk.session())
    session = Session(desk.node.clock.now() + 10, READ, None)
    both = portals.countersign(
        message, me=portal_keys(), standing=Standing(world().directory), now=desk.node.clock.now(), session=session
    )
    assert len(both.signed.signatures) == 2
    assert desk.records()[-1] == (PORTAL, "read", "ok")


def test_a_request_is_about_the_person_of_the_session(desk: Desk, seals: Seals) -> None:
    assert opened(desk, seals, desk.session(0)) == 0
    assert opened(desk, seals, desk.session(1)) == 1


def opened(desk: Desk, seals: Seals, session: Json) -> int:
    """Return about which person a request is: all secrets together take its one ciphertext apart."""
    message = request.open_message(desk.order(session))
    secret = reduce(bytes(64))
    for part in (world().transport[PORTAL], *(operator.layer for operator in world().operators)):
        secret = plus(secret, part)
    c1, c2 = layout.read_points(message.list)
    with desk.node.store.reading() as connection:
        roots = [seals.root.open(bytes(row.root)) for row in connection.execute(select(RESIDENTS.c.root))]
    return [h2g("person", root) for root in roots].index(sub(c2, mul(secret, c1)))


def test_a_session_serves_its_own_portal_until_its_end(desk: Desk) -> None:
    session = desk.session()
    desk.order(session)
    other = replace(desk.orders.sessions.present(canonical.unb64(session), PORTAL, 0), portal="another-portal")
    desk.orders.sessions._present[canonical.unb64(session)] = other
    assert refusal(lambda: desk.order(session)) == "ORDER_MISMATCH"
    session = desk.session()
    desk.later(1801)
    assert refusal(lambda: desk.order(session)) == "ORDER_MISMATCH"
    assert refusal(lambda: desk.order(b64(some_nonce()))) == "ORDER_MISMATCH"


def test_an_order_in_the_name_of_somebody_else_is_refused(desk: Desk) -> None:
    order: Json = {"kind": "read", "from": "ward-a", "domains": [{"agency": "ward-a", "epoch": 1}]}
    session = desk.session()
    assert refusal(lambda: desk.order(session, order)) == "ORDER_MISMATCH"


def test_a_session_is_good_for_so_many_requests(node: Node, store: Store, seals: Seals) -> None:
    desk = made_desk(node, store, seals, most=2)
    session = desk.session()
    for _ in range(2):
        desk.order(session)
    assert refusal(lambda: desk.order(session)) == "ORDER_MISMATCH"
    desk.order(desk.session())


def test_nothing_of_a_session_is_stored(desk: Desk, tmp_path: Path) -> None:
    session = desk.session()
    desk.order(session)
    data = b"".join(path.read_bytes() for path in tmp_path.glob("data.db*"))
    assert len(data) > 1000
    raw = canonical.unb64(session)
    needles = [raw, b64(raw).encode()]
    assert not any(needle in data for needle in needles)
    assert all(needle in data + raw + b64(raw).encode() for needle in needles)


def test_who_applies_with_other_data_gets_no_card_and_neither_do_those_with_him(desk: Desk, seals: Seals) -> None:
    store = desk.node.store
    with store.reading() as connection:
        before = len(connection.execute(select(CARDS)).all())
    people = persons(2)
    numbers = registered(store, seals, 2)
    key = desk.cards[0].key.public_key()
    wanted = [Applicant(numbers[0], plain(people[0]), key), Applicant(numbers[1], plain(people[0]), key)]
    with pytest.raises(Refused, match="applicant 2"), store.writing() as connection:
        cards.issue(connection, seals, desk.ca, wanted, now=NOW)
    with store.reading() as connection:
        assert len(connection.execute(select(CARDS)).all()) == before
