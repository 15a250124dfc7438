"""How a portal countersigns what the register made for it (PROTOCOL.md section 10, C1 to C6).

Neither register nor portal alone can ask for data: the portal signs only the order that its session gave, once.
"""

from dataclasses import dataclass

from mynumber.codes import jws
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import AgencyKeys, signer
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import request, request_checks
from mynumber.codes.permit.request import Message, open_message
from mynumber.codes.permit.request_checks import Signed
from mynumber.plumbing.canonical import Json

FRESH_S = 60
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
