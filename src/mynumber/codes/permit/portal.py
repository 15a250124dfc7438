"""What register and portal agree on (PROTOCOL.md section 10, Portal): sign-ins, orders, and the countersignature.

Neither register nor portal alone can ask for data: the register writes only what an order says, for a session that a
card began; the portal signs only the order that its session gave, once (C1 to C6).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from mynumber.codes import jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.hashing import frame
from mynumber.codes.keys import AgencyKeys, signer
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import request, request_checks
from mynumber.codes.permit.request import Body, Domains, Message, Read, SelfRequest, open_message
from mynumber.codes.permit.request_checks import Signed
from mynumber.codes.wire import B16, B32, Epoch, Ident, Items, Text
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

FRESH_S = 60
NONCE_BYTES = 16
NONCE_S = 120
LONGEST_SESSION_S = 1800


class ReadOrder(wire.Payload, frozen=True, rename={"from_": "from"}):
    """Which records there are in these domains, for the person of a session."""

    kind: Literal["read"]
    from_: Ident
    domains: Domains


class SelfOrder(wire.Payload, frozen=True, rename={"from_": "from"}):
    """What an office holds about the person of a session."""

    kind: Literal["self"]
    from_: Ident
    to: Ident
    to_epoch: Epoch
    procedure: Text
    items: Items
    reply_key: B32
    context: B32


Order: TypeAlias = ReadOrder | SelfOrder


@dataclass(frozen=True, slots=True)
class Made:
    """What the register adds to an order: network and hash of the directory it names, a fresh id, the time."""

    network: str
    directory: bytes
    id: bytes
    created: int


def sign_in_input(network: str, portal: str, nonce: bytes) -> bytes:
    """Return what a card signs to begin a session at one portal."""
    return frame("login", network, portal, nonce, f"sign in at {portal}")


def read_order(value: object) -> Order:
    """Return an order that travelled, or raise BAD_ENCODING."""
    order: Order
    if isinstance(value, dict) and value.get("kind") == "self":
        order = wire.read(value, SelfOrder)
        wire.distinct(order.items)
    else:
        order = wire.read(value, ReadOrder)
        wire.distinct(order.domains)
    return order


def write_order(order: Order) -> Json:
    """Return an order as it travels, and as C4 compares it: lists where a Struct has tuples."""
    return wire.parse(canonical.encode(wire.plain(order)))


def body_of(order: Order, made: Made) -> Body:
    """Return the request about one person that an order asks for, member by member."""
    kind = Read if isinstance(order, ReadOrder) else SelfRequest
    said = {name: getattr(order, name) for name in order.__struct_fields__}
    return kind(
        v=1,
        network=made.network,
        dir=B32(made.directory),
        id=B16(made.id),
        count=1,
        created=made.created,
        list=request.NO_LIST,
        **said,
    )


_ORDERS = {
    "read": {"kind", "from", "domains"},
    "self": {"kind", "from", "to", "to_epoch", "procedure", "items", "reply_key", "context"},
}


@dataclass(frozen=True, slots=True)
class Session:
    """What a portal knows of a session: its end, its unanswered order, the request hash it signed for this order."""

    until: int
    order: Json
    signed: bytes | None


def countersign(value: object, *, me: AgencyKeys, standing: Standing, now: int, session: Session) -> Message:
    """Return the message with our signature behind the register's; the caller first stores its request hash.

    The same request again gets the same signature, another one for this order is REPLAYED.
    """
    # C1. Members, R1 with the register as only signer, R2.
    message = open_message(value)
    directory = standing.named(request.named_directory(message))
    signed = request_checks.authenticate_by(message, directory, [directory.body.register.id])
    # C2. R3 as an operator.
    request_checks.check_standing(signed, standing, now=now, operator=True)
    # C3. Fresh.
    if abs(now - signed.request.created) > FRESH_S:
        raise ProtocolError("NOT_FRESH")
    # C4. The order of this session.
    _check_order(signed, session, now)
    # C5. List length, hash.
    request_checks.check_size(message, signed.request)
    # C6. One request per order.
    if session.signed is not None and session.signed != signed.request.hash:
        raise ProtocolError("REPLAYED")
    both = jws.add_signature(message.json["request"], request.TYP, *signer(me))
    return open_message({**message.json, "request": both})


def _check_order(signed: Signed, session: Session, now: int) -> None:
    said, order = signed.message.signed.value, session.order
    if not isinstance(order, dict) or not isinstance(said, dict) or now > session.until:
        raise ProtocolError("ORDER_MISMATCH")
    if set(order) != _ORDERS.get(signed.request.kind) or any(said[name] != order[name] for name in order):
        raise ProtocolError("ORDER_MISMATCH")
    if signed.request.count != 1:
        raise ProtocolError("ORDER_MISMATCH")
