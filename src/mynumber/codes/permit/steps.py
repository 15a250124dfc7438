"""Bundles, steps and endorsements: how everybody checks the way a request came (PROTOCOL.md section 7, S1-S5, E1-E5).

Counting comes first; then, for each operator in turn:

  S1  members, operator, number of legs and proofs     S2  length of each leg
  E1  signature by exactly that operator               E2  members     E3  this request, this place
  E4  inputs are the outputs before, outputs are the legs present      E5  law and times
  S3  points                                           S4  proof scalars     S5  proofs

`check_chain` does all of it; a sender, which needs no group work, stops behind E5 (`check_endorsed`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from mynumber.codes import jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.hashing import h, hash_points
from mynumber.codes.permit import conversion_proof, layout
from mynumber.codes.permit.layout import PAIR_BYTES, Pairs, Way
from mynumber.codes.permit.request import Request
from mynumber.codes.wire import B32, Count, Ident
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

TYP = "mnc-endorsement+json"
VALID_S = 600
VALID_ENROL_S = 3600
ISSUE_WINDOW_S = 300
CLOCKS_S = 60
RESTORED_S = 300


class StepBody(wire.Payload, frozen=True):
    """A step as it travels; legs and proofs are base64url, decoded only when their number is right."""

    op: Ident
    legs: tuple[str, ...]
    proofs: tuple[str, ...]


class EndorsementBody(wire.Payload, frozen=True):
    """What an operator signs about its step."""

    v: wire.One
    network: Ident
    request: B32
    op: Ident
    position: Count
    in_: tuple[B32, ...] = msgspec.field(name="in")
    out: tuple[B32, ...]
    law: B32
    issued: Count
    expires: Count


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle opened as far as its members; nothing in it is checked. `release` is None before the keeper."""

    message: Json
    steps: Sequence[Json]
    endorsements: Sequence[Json]
    release: Json


@dataclass(frozen=True, slots=True)
class Step:
    """A step behind S1 and S2: the bytes of the legs present and of their proofs."""

    legs: tuple[bytes, ...]
    proofs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Endorsement:
    """A verified endorsement and the payload that the permit hash names."""

    payload: bytes
    body: EndorsementBody


@dataclass(frozen=True, slots=True)
class Chain:
    """The checked way: every endorsement, the hashes of all legs now, the ciphertexts of the legs present."""

    endorsements: tuple[Endorsement, ...]
    hashes: tuple[bytes, ...]
    legs: tuple[Pairs, ...]

    @property
    def permit_hash(self) -> bytes:
        """Return the permit hash of these endorsements."""
        return permit_hash([endorsement.payload for endorsement in self.endorsements])


def permit_hash(payloads: Sequence[bytes]) -> bytes:
    """Return H(`permit`, endorsement payloads)."""
    return h("permit", *payloads)


def open_bundle(value: object, *, released: bool) -> Bundle:
    """Read the members of a bundle: exactly message, steps, endorsements, and release where it must be."""
    names = ["message", "steps", "endorsements", *(["release"] if released else [])]
    shape = wire.members(value, *names)
    steps, endorsements = shape["steps"], shape["endorsements"]
    if not isinstance(steps, list) or not isinstance(endorsements, list):
        raise ProtocolError("BAD_ENCODING")
    return Bundle(shape["message"], steps, endorsements, shape.get("release"))


def code_form(checked: Sequence[Json]) -> list[Json]:
    """Return checked steps with leg 0 and its proof alone."""
    bodies = [wire.read(value, StepBody) for value in checked]
    return [{"op": body.op, "legs": [body.legs[0]], "proofs": [body.proofs[0]]} for body in bodies]


def read_endorsement(value: Json) -> EndorsementBody:
    """Return what an endorsement of our own store says, without verifying it again."""
    return wire.read(jws.parse(value, TYP).value, EndorsementBody)


def payloads_of(endorsements: Sequence[Json]) -> list[bytes] | None:
    """Return the endorsements' payloads, UNVERIFIED, to find a stored answer; None where they are malformed."""
    try:
        return [jws.parse(endorsement, TYP).payload for endorsement in endorsements]
    except ProtocolError:
        return None


def _check_count(bundle: Bundle, expected: int) -> None:
    # S1, counting. As many endorsements as steps, and as many as there must be.
    if len(bundle.endorsements) != len(bundle.steps) or len(bundle.steps) != expected:
        raise ProtocolError("CHAIN_MISMATCH")


def check_chain(bundle: Bundle, way: Way, lists: Sequence[Pairs], *, steps: int, legs: int) -> Chain:
    """S1 to S5 and E1 to E5 for exactly `steps` steps, of which `legs` legs are present (all, or 1 in code form)."""
    _check_count(bundle, steps)
    hashes = way.inputs([hash_points(layout.pair_bytes(pairs)) for pairs in lists])
    present = tuple(lists[leg.column] for leg in way.legs[:legs])
    endorsements: list[Endorsement] = []
    for link in _links(bundle, way, hashes, legs):
        after = link.endorsement.body.out
        # S3. Points.
        outputs = tuple(layout.read_pairs(leg) for leg in link.step.legs)
        # S4. Proof scalars.
        responses = [conversion_proof.read_response(proof) for proof in link.step.proofs]
        # S5. Proofs.
        about = conversion_proof.statement(way, link.position, hashes, after)
        conversion_proof.check(about, responses, present, outputs)
        endorsements.append(link.endorsement)
        hashes, present = after, outputs
    return Chain(tuple(endorsements), hashes, present)


def check_endorsed(bundle: Bundle, way: Way, columns: Sequence[bytes], *, legs: int) -> tuple[Endorsement, ...]:
    """S1, S2 and E1 to E5 for all n steps, without group work; `columns` are the hashes of the request's columns."""
    _check_count(bundle, len(way.directory.operators))
    return tuple(link.endorsement for link in _links(bundle, way, way.inputs(columns), legs))


@dataclass(frozen=True, slots=True)
class _Link:
    position: int
    step: Step
    endorsement: Endorsement


def _links(bundle: Bundle, way: Way, hashes: tuple[bytes, ...], legs: int) -> Iterator[_Link]:
    """Check what needs no group work, one operator at a time, so that a caller finishes j before j + 1."""
    first: EndorsementBody | None = None
    for position, (value, signed) in enumerate(zip(bundle.steps, bundle.endorsements, strict=True), start=1):
        operator = way.directory.operators[position - 1]
        step = _read_step(value, operator, way.request.count, legs)
        endorsement = _open_endorsement(signed, way.directory.signer(operator))
        _check_place(endorsement.body, way, position)
        # E4. Inputs and outputs.
        if endorsement.body.in_ != hashes or len(endorsement.body.out) != len(hashes):
            raise ProtocolError("LIST_HASH")
        if endorsement.body.out[:legs] != tuple(hash_points(leg) for leg in step.legs):
            raise ProtocolError("LIST_HASH")
        first = first or endorsement.body
        _check_times(endorsement.body, first, way.request)
        yield _Link(position, step, endorsement)
        hashes = endorsement.body.out


def _read_step(value: Json, operator: str, count: int, legs: int) -> Step:
    # S1. Members and types, then operator and numbers, then the bytes.
    body = wire.read(value, StepBody)
    if len(canonical.encode(value)) > wire.MAX_PART:
        raise ProtocolError("BAD_ENCODING")
    if body.op != operator or len(body.legs) != legs or len(body.proofs) != legs:
        raise ProtocolError("CHAIN_MISMATCH")
    step = Step(
        tuple(wire.blob(leg) for leg in body.legs),
        tuple(wire.blob(proof, conversion_proof.PROOF_BYTES) for proof in body.proofs),
    )
    # S2. Length.
    if any(len(leg) != PAIR_BYTES * count for leg in step.legs):
        raise ProtocolError("BATCH_SIZE")
    return step


def _open_endorsement(value: Json, signer: tuple[str, bytes]) -> Endorsement:
    # E1. Signature. E2. Members.
    parsed = jws.open_signed(value, TYP, [signer])
    return Endorsement(parsed.payload, wire.read(parsed.value, EndorsementBody))


def _check_place(body: EndorsementBody, way: Way, position: int) -> None:
    # E3. This network, this request, this operator in its place.
    place = (way.directory.network, way.request.hash, way.directory.operators[position - 1], position)
    if (body.network, body.request, body.op, body.position) != place:
        raise ProtocolError("PERMIT_MISMATCH")


def _check_times(body: EndorsementBody, first: EndorsementBody, request: Request) -> None:
    # E5. One law, one beginning, one end for all operators.
    good = (
        (body.law, body.issued) == (first.law, first.issued)
        and abs(body.issued - request.created) <= ISSUE_WINDOW_S
        and body.expires == body.issued + valid_for(request.kind)
    )
    if not good:
        raise ProtocolError("PERMIT_MISMATCH")


def check_alive(body: EndorsementBody, now: int) -> None:
    """K3, F4: the permit's time has come and is not over, else PERMIT_EXPIRED."""
    if not body.issued - CLOCKS_S <= now <= body.expires:
        raise ProtocolError("PERMIT_EXPIRED")


def check_not_forgotten(body: EndorsementBody, restored: int | None) -> None:
    """O6 at keeper and receivers: what a store that was lost or restored may have forgotten is PERMIT_EXPIRED.

    `restored` is the time the process started on such a store, None for any other.
    """
    if restored is not None and body.issued < restored + RESTORED_S:
        raise ProtocolError("PERMIT_EXPIRED")


def valid_for(kind: str) -> int:
    """Return the life of a permit in seconds."""
    return VALID_ENROL_S if kind == "enrol" else VALID_S
