"""Every clock of a request at its edges: fresh, issued, expired, restored, and what a portal may still sign."""

from collections.abc import Callable
from functools import partial
from typing import Literal

import msgspec
import pytest

from mynumber.codes.convert.endorse import endorse
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import steps
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.portal import Session, countersign
from mynumber.codes.permit.receive import Brought, Receiver, receive
from mynumber.codes.permit.release import release
from mynumber.codes.permit.request import Body, Message
from mynumber.codes.permit.sender import Encryption, build, check_sender
from mynumber.codes.wire import plain
from mynumber.plumbing.canonical import Json
from tests.codes.ceremony import NOW, raw
from tests.codes.passage import CONTEXT, Everything, Stage, nothing_more, stage, start

ISSUED = NOW + 1
EXPIRES = ISSUED + 600


def outcome(call: Callable[[], object]) -> str:
    """Return `ok`, or the error of section 13."""
    try:
        call()
    except ProtocolError as problem:
        return problem.code
    return "ok"


def unknown(request_hash: bytes) -> None:
    """Look up a request hash in an empty store."""


def bundles() -> tuple[Message, Json, Json, Json]:
    """Return a message and the bundles behind operator 1, behind operator 2 and behind the keeper."""
    net = stage()
    message = net.message(net.exchange(), [1])
    one = net.endorsed(start(message), 0, now=ISSUED).bundle
    two = net.endorsed(one, 1, now=ISSUED).bundle
    return message, one, two, net.released(two).bundle


@pytest.mark.parametrize(
    ("now", "expected"), [(-301, "NOT_FRESH"), (-300, "ok"), (0, "ok"), (300, "ok"), (301, "NOT_FRESH")]
)
def test_a_request_is_fresh_for_300_seconds_at_operator_1(now: int, expected: str) -> None:
    net, (message, *_) = stage(), bundles()
    assert outcome(partial(net.endorsed, start(message), 0, now=NOW + now)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [(-61, "PERMIT_EXPIRED"), (-60, "ok"), (300, "ok"), (301, "PERMIT_EXPIRED")],
)
def test_a_permit_reaches_later_operators_within_300_seconds(now: int, expected: str) -> None:
    net, (_, one, *_) = stage(), bundles()
    assert outcome(partial(net.endorsed, one, 1, now=ISSUED + now)) == expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [(ISSUED - 61, "PERMIT_EXPIRED"), (ISSUED - 60, "ok"), (EXPIRES, "ok"), (EXPIRES + 1, "PERMIT_EXPIRED")],
)
def test_a_permit_serves_until_it_expires(now: int, expected: str) -> None:
    net, (message, _, two, final) = stage(), bundles()
    assert outcome(partial(net.released, two, now=now)) == expected
    assert outcome(partial(net.received, final, "provider", now=now)) == expected
    assert outcome(partial(check_sender, message, final, now=now, directory=net.directory)) == expected


# O6: what a lost or restored store may have forgotten.


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize(("started", "expected"), [(NOW - 300, "ok"), (NOW - 299, "NOT_FRESH")])
def test_a_restored_operator_refuses_what_it_may_have_forgotten(position: int, started: int, expected: str) -> None:
    net, (message, one, *_) = stage(), bundles()
    call = partial(
        endorse,
        arrived([start(message), one][position], released=False),
        me=net.town.operators[position],
        standing=net.standing,
        laws=net.laws,
        now=ISSUED,
        rand=bytes(32),
        known=unknown,
        extra=nothing_more,
        restored=started,
    )
    assert outcome(call) == expected


@pytest.mark.parametrize(("started", "expected"), [(ISSUED - 300, "ok"), (ISSUED - 299, "PERMIT_EXPIRED")])
def test_a_restored_keeper_or_receiver_does_too(started: int, expected: str) -> None:
    net, (_, _, two, final) = stage(), bundles()

    def is_member(domain: str, tag: Point) -> bool:
        return True

    at = {"now": ISSUED + 9}
    keeper = partial(
        release,
        arrived(two, released=False),
        me=net.town.keeper,
        standing=net.standing,
        rand=bytes(32),
        known=unknown,
        is_member=is_member,
        restored=started,
        **at,
    )
    assert outcome(keeper) == expected
    keys = net.town.agencies["pension"]
    provider = partial(
        receive,
        arrived(final, released=True),
        Brought("ward", CONTEXT),
        me=Receiver("pension", "provider", keys.y, net.standing, net.laws),
        used=unknown,
        outstanding=Everything(),
        extra=nothing_more,
        restored=started,
        **at,
    )
    assert outcome(provider) == expected


# C1 to C6: what a portal signs.


def by_register(net: Stage, body: Body) -> Message:
    """Return what the register makes for the portal: its signature alone."""
    by = Encryption(net.town.register.secret, raw("enc", 32), raw("input", 32))
    signers = [(net.town.register.id, net.town.register.sign)]
    return build(body, [net.point(1)], by, signers=signers, directory=net.directory)


def order_of(body: Body) -> dict[str, Json]:
    """Return the order that a request answers."""
    said = plain(body)
    assert isinstance(said, dict)
    if body.kind == "read":
        return {name: listed(said[name]) for name in ("kind", "from", "domains")}
    names = ("kind", "from", "to", "to_epoch", "procedure", "items", "reply_key", "context")
    return {name: listed(said[name]) for name in names}


def listed(value: object) -> Json:
    """Return what travels as a list, as one."""
    return list(value) if isinstance(value, tuple) else value  # type: ignore[return-value]


def signs(net: Stage, message: Message, session: Session, now: int = NOW) -> str:
    standing = Standing(net.directory)
    return outcome(partial(countersign, message.json, me=net.town.portal, standing=standing, now=now, session=session))


@pytest.mark.parametrize("kind", ["self", "read"])
def test_a_portal_signs_its_own_order_and_all_accept_it(kind: Literal["self", "read"]) -> None:
    net = stage()
    body: Body = net.self_request() if kind == "self" else net.read()
    message, session = by_register(net, body), Session(NOW + 10, order_of(body), None)
    both = countersign(message.json, me=net.town.portal, standing=net.standing, now=NOW, session=session)
    assert both.request_hash == message.request_hash
    assert [signature.kid for signature in both.signed.signatures] == ["register", "portal"]
    assert net.endorsed(start(both), 0).fresh
    # The same again gets the same signature.
    signed = Session(NOW + 10, session.order, message.request_hash)
    again = countersign(message.json, me=net.town.portal, standing=net.standing, now=NOW, session=signed)
    assert again.json == both.json


@pytest.mark.parametrize(
    ("now", "expected"),
    [(-61, "NOT_FRESH"), (-60, "ok"), (10, "ok"), (11, "ORDER_MISMATCH"), (60, "ORDER_MISMATCH"), (61, "NOT_FRESH")],
)
def test_a_portal_signs_while_request_and_session_last(now: int, expected: str) -> None:
    net = stage()
    body = net.read()
    session = Session(NOW + 10, order_of(body), None)
    assert signs(net, by_register(net, body), session, NOW + now) == expected


@pytest.mark.parametrize("name", ["from", "to", "to_epoch", "procedure", "items", "reply_key", "context"])
def test_every_member_of_an_order_is_compared(name: str) -> None:
    net = stage()
    body = net.self_request()
    message, order = by_register(net, body), order_of(body)
    left_out = {other: one for other, one in order.items() if other != name}
    for wrong in ({**order, name: "other"}, left_out):
        assert signs(net, message, Session(NOW + 10, wrong, None)) == "ORDER_MISMATCH"


def test_a_portal_signs_for_one_person_and_one_request_only() -> None:
    net = stage()
    body = net.read()
    order = order_of(body)
    assert signs(net, by_register(net, body), Session(NOW + 10, None, None)) == "ORDER_MISMATCH"
    assert signs(net, by_register(net, body), Session(NOW + 10, order, bytes(32))) == "REPLAYED"
    double = msgspec.structs.replace(body, count=2)
    assert signs(net, by_register(net, double), Session(NOW + 10, order, None)) == "ORDER_MISMATCH"


def test_terms_are_read_from_a_stored_endorsement() -> None:
    _, one, *_ = bundles()
    body = steps.read_endorsement(steps.open_bundle(one, released=False).endorsements[0])
    assert (body.issued, body.expires, body.position) == (ISSUED, EXPIRES, 1)
