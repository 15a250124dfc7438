"""What a sender does: build a message, and check the bundle that comes back (PROTOCOL.md sections 5 and 9).

The sender is A for `exchange`, the register for `enrol`, the register and then the portal for `self` and `read`.
Building costs 2v + 1b an entry and 1v + 1b for the proof; checking what comes back costs no group work at all, because
the receiver verifies everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from mynumber.codes import group, jws
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import GENERATOR, Point, Scalar, Sum
from mynumber.codes.hashing import frame, hash_points, nonce
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit import input_proof, layout, release_proof, request, steps
from mynumber.codes.permit.layout import Column, Way
from mynumber.codes.permit.request import Body, Message, open_message
from mynumber.codes.wire import B32
from mynumber.plumbing.canonical import b64


@dataclass(frozen=True, slots=True)
class Encryption:
    """What makes the list: the sender's secret (transport, or the register's), and 32 fresh bytes for each use."""

    secret: bytes = field(repr=False)
    rand_enc: bytes = field(repr=False)
    rand_input: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit that came back whole; it serves until `expires`."""

    hash: bytes
    law: bytes
    issued: int
    expires: int


def build(
    body: Body,
    values: Sequence[Point],
    by: Encryption,
    *,
    signers: Sequence[tuple[str, bytes]],
    directory: Directory,
) -> Message:
    """Return the signed message that asks about `values`: own codes, for the register person points, in random order.

    `body` says everything but `list` (NO_LIST stands there and is replaced); `signers` are (id, Ed25519 secret).
    """
    columns = layout.columns(body, directory)
    randomness = _randomness(body, values, by, columns)
    data = b"".join(
        group.sums([one for pair in zip(values, randomness, strict=True) for one in _entry(*pair, columns)])
    )
    payload = msgspec.structs.replace(body, list=B32(hash_points(data)))
    signed = jws.sign(payload, request.TYP, signers)
    request_hash = request.hash_of(jws.parse(signed, request.TYP))
    about = input_proof.statement(payload, request_hash, data, columns)
    proof = input_proof.prove(about, randomness, by.secret, by.rand_input)
    return open_message({"request": signed, "list": b64(data), "proof": b64(proof)})


def _randomness(body: Body, values: Sequence[Point], by: Encryption, columns: tuple[Column, ...]) -> tuple[Scalar, ...]:
    bind = frame("enc", body.id, b"".join(column.key for column in columns), b"".join(values))
    return tuple(nonce("enc", by.secret, by.rand_enc, bind, i) for i in range(len(values)))


def _entry(value: Point, r: Scalar, columns: tuple[Column, ...]) -> list[Sum]:
    return [(((r, GENERATOR),), ()), *((((None, value), (r, group.kept(column.key))), ()) for column in columns)]


def check_sender(message: Message, value: object, *, now: int, directory: Directory) -> Permit:
    """Check a bundle that comes back for our own `message`, before it is used or handed on.

    `directory` is the one that the message names; R3 is not repeated.
    """
    asked = request.view(message, request.read_body(message))
    final = asked.kind != "read"
    bundle = steps.open_bundle(value, released=final)
    # Our own message, byte for byte.
    if bundle.message != message.json:
        raise ProtocolError("PERMIT_MISMATCH")
    # S1, S2, E1 to E5. There is no group work here, so the column keys stay empty.
    way = Way(asked, directory, (), layout.legs(asked.body, directory))
    columns = layout.column_hashes(asked.body, message.list)
    endorsements = steps.check_endorsed(bundle, way, columns, legs=1 if final else len(way.legs))
    permit = steps.permit_hash([one.payload for one in endorsements])
    # L1 to L4.
    if final:
        release_proof.open_release(bundle.release, directory, permit=permit, count=asked.count)
    # F4.
    terms = endorsements[0].body
    steps.check_alive(terms, now)
    return Permit(permit, terms.law, terms.issued, terms.expires)
