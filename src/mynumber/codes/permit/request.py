"""Requests of PROTOCOL.md section 5: what each kind says, and the message that carries one.

A message is {`request`: JWS, `list`: the ciphertexts, `proof`: the input proof}. `open_message` reads it without
believing anything; `read_body` gives the closed types (R2); `Request` is what a checked request says, in the same
words for all four kinds. Whoever uses one has verified it first (`request_checks`), except `peek`, which says so.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

import msgspec

from mynumber.codes import jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.hashing import h
from mynumber.codes.law_table import Kind
from mynumber.codes.wire import B16, B32, Count, Epoch, Ident, Items, Text, TextOrEmpty
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

TYP = "mnc-request+json"
MAX_ENTRIES = 4096
PROOF_BYTES = 64

# A body needs a value for `list` before the list exists; `sender.build` replaces it.
NO_LIST = B32(bytes(32))


class _Body(wire.Payload, frozen=True):
    v: wire.One
    network: Ident
    dir: B32
    id: B16
    count: Count
    created: Count
    list: B32


class _Ask(_Body, frozen=True):
    from_: Ident = msgspec.field(name="from")
    to: Ident
    to_epoch: Epoch
    procedure: Text
    items: Items
    reply_key: B32
    context: B32


class Exchange(_Ask, frozen=True):
    """An office asks another about persons, by its own codes."""

    kind: Literal["exchange"]
    from_epoch: Epoch
    undisclosed: TextOrEmpty


class SelfRequest(_Ask, frozen=True):
    """A citizen asks an office about himself, through the portal."""

    kind: Literal["self"]


class Enrol(_Body, frozen=True):
    """The register gives an agency the codes of persons; acq[i] is the acquisition number of entry i."""

    kind: Literal["enrol"]
    to: Ident
    to_epoch: Epoch
    record_epoch: Epoch
    acq: tuple[B16, ...]


class Domain(wire.Payload, frozen=True):
    """One record domain: an agency and a record epoch."""

    agency: Ident
    epoch: Epoch


Domains: TypeAlias = Annotated[tuple[Domain, ...], msgspec.Meta(min_length=1, max_length=256)]


class Read(_Body, frozen=True):
    """A citizen asks which records there are, through the portal."""

    kind: Literal["read"]
    from_: Ident = msgspec.field(name="from")
    domains: Domains


Body: TypeAlias = Exchange | Enrol | SelfRequest | Read
KINDS: dict[str, type[Exchange] | type[Enrol] | type[SelfRequest] | type[Read]] = {
    "exchange": Exchange,
    "enrol": Enrol,
    "self": SelfRequest,
    "read": Read,
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it travels, opened but not verified. `text` is its canonical JSON."""

    json: dict[str, Json]
    text: bytes
    signed: jws.Parsed
    list: bytes
    proof: bytes
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What a request says; `from_` is empty in `enrol`, `to` in `read`, the ask in both."""

    hash: bytes
    body: Body
    kind: Kind
    from_: str
    to: str
    procedure: str
    items: tuple[str, ...]
    undisclosed: str
    count: int
    created: int


def open_message(value: object) -> Message:
    """Read a message as far as it can be read without believing it: shape, JWS steps 1 to 3, members of R1."""
    shape = wire.members(value, "request", "list", "proof")
    signed = jws.parse(shape["request"], TYP)
    data, proof = wire.blob(shape["list"]), wire.blob(shape["proof"], PROOF_BYTES)
    text = canonical.encode(shape)
    if len(text) > wire.MAX_PART:
        raise ProtocolError("BAD_ENCODING")
    return Message(shape, text, signed, data, proof, hash_of(signed))


def hash_of(signed: jws.Parsed) -> bytes:
    """Return the request hash."""
    return h("request", signed.payload)


def kind_of(message: Message) -> tuple[str, str]:
    """Return kind and `from` of a payload whose members are not checked yet; `from` is empty for `enrol`."""
    value = message.signed.value
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or kind not in KINDS:
        raise ProtocolError("BAD_ENCODING")
    asker = "" if kind == "enrol" else value.get("from")
    if not isinstance(asker, str):
        raise ProtocolError("BAD_ENCODING")
    return kind, asker


def named_directory(message: Message) -> bytes:
    """Return the directory hash that the payload names, or nothing if it names none."""
    value = message.signed.value
    text = value.get("dir") if isinstance(value, dict) else None
    try:
        return canonical.unb64(text, 32)
    except canonical.NotCanonical:
        return b""


def read_body(message: Message) -> Body:
    """R2: exactly the members of the kind, of their types."""
    kind, _ = kind_of(message)
    body: Body = wire.read(message.signed.value, KINDS[kind])
    if isinstance(body, Enrol):
        wire.distinct(body.acq)
    elif isinstance(body, Read):
        wire.distinct(body.domains)
    else:
        wire.distinct(body.items)
    return body


def view(message: Message, body: Body) -> Request:
    """Return what a request says, in the same words for all kinds."""
    ask = body if isinstance(body, Exchange | SelfRequest) else None
    return Request(
        hash=message.request_hash,
        body=body,
        kind=body.kind,
        from_="" if isinstance(body, Enrol) else body.from_,
        to="" if isinstance(body, Read) else body.to,
        procedure=ask.procedure if ask else "",
        items=ask.items if ask else (),
        undisclosed=body.undisclosed if isinstance(body, Exchange) else "",
        count=body.count,
        created=body.created,
    )


def peek(bundle: object) -> Request | None:
    """Return what the request in a bundle claims, UNVERIFIED, for the record of a refusal; None if it is malformed."""
    if not isinstance(bundle, dict):
        return None
    try:
        return claimed(open_message(bundle.get("message")))
    except ProtocolError:
        return None


def claimed(message: Message) -> Request | None:
    """Return what a request claims, UNVERIFIED; None if its members are malformed."""
    try:
        return view(message, read_body(message))
    except ProtocolError:
        return None
