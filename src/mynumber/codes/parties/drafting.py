"""How a directory is made (PROTOCOL.md section 4, FLOWS section 2): draft, commitments, signatures in order.

  1. Every party hands in its entry (`handing_in`).
  2. `draft` sets them in place, with the epochs that are to be listed and no commitments yet.
  3. Every operator makes its commitments with its own keys (`commit`).
  4. `assemble` puts them into the payload.
  5. Every operator in order checks D1 to D8, its own keys and commitments, and signs (`sign_as_operator`).

An operator stores what `sign_as_operator` returns before it sends it: it signs one payload per version, ever. Crashing
before the store leaves a signature that nobody has seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from mynumber.codes import group, hashing, keys, names, wire
from mynumber.codes import jws as signatures
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import OperatorKeys
from mynumber.codes.parties import directory as directories
from mynumber.codes.parties import entries
from mynumber.codes.parties.directory import Anchor, Directory
from mynumber.codes.parties.entries import Agency, Body, Factor, Keeper, Operator, Register, Supervisor
from mynumber.codes.wire import B32, B64, Ident, Payload
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import Conflict, WrongUse

LONGEST_S = 31 * 86_400


@dataclass(frozen=True, slots=True)
class Term:
    """Which version a directory is, behind which one, and from when to when it counts."""

    network: str
    version: int
    prev: bytes
    not_before: int
    not_after: int


@dataclass(frozen=True, slots=True)
class Parties:
    """Everybody in a directory, operators and agencies in order; agencies as `listing` returns them."""

    operators: tuple[Operator, ...]
    keeper: Keeper
    register: Register
    supervisor: Supervisor
    agencies: tuple[Agency, ...]


class Commitment(Payload, frozen=True):
    """One operator's commitment to one factor, with its proof of possession."""

    k: B32
    pop: B64


class Commitments(Payload, frozen=True):
    """What one operator commits to in a draft: name -> commitment."""

    op: Ident
    factors: dict[str, Commitment]


@dataclass(frozen=True, slots=True)
class Desk:
    """What an operator signs by: its configuration, its `last` directory, every id ever listed before, and the hash of
    the payload of this version it signed already, if any. `now` is None for a directory that begins later.
    """

    network: str
    anchors: tuple[Anchor, ...]
    now: int | None
    last: Directory | None = None
    ever_listed: frozenset[str] = frozenset()
    signed_before: bytes | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A directory with this operator's signature; `hash` under `version` must be stored before it is sent."""

    jws: Json
    version: int
    hash: bytes


def first_term(network: str, now: int) -> Term:
    """Return the term of version 1, which begins 4320 s in the past, so that senders may name it at once."""
    begin = now - directories.SPACING_S
    return Term(network, 1, bytes(32), begin, begin + LONGEST_S)


def next_term(last: Directory, not_before: int) -> Term:
    """Return the longest term of the successor of `last`."""
    if not_before < last.body.not_before + directories.SPACING_S:
        raise WrongUse("TOO_SOON", "a directory begins at least 4320 s after the one before")
    return Term(last.network, last.body.version + 1, last.hash, not_before, not_before + LONGEST_S)


def listing(agency: Agency, *, epochs: Iterable[int], records: Iterable[int]) -> Agency:
    """Return the agency's entry with these epochs to be listed, commitments still open; a closed one has no epochs."""
    nothing = Factor(k=(), pop=())
    return msgspec.structs.replace(
        agency,
        epochs={str(epoch): nothing for epoch in epochs},
        records={str(epoch): nothing for epoch in records},
    )


def draft(term: Term, parties: Parties) -> Body:
    """(2) Return the payload without commitments; it travels as `wire.plain` of it and comes back by `read_draft`."""
    return Body(
        v=1,
        network=term.network,
        version=term.version,
        prev=B32(term.prev),
        not_before=term.not_before,
        not_after=term.not_after,
        operators=parties.operators,
        keeper=parties.keeper,
        register=parties.register,
        supervisor=parties.supervisor,
        agencies=parties.agencies,
    )


def read_draft(value: object) -> Body:
    """Return a draft that travelled, or raise BAD_ENCODING."""
    return wire.read(value, Body)


def commit(own: OperatorKeys, drafted: Body, rand: bytes) -> Commitments:
    """(3) Return an operator's commitments to every name of the draft; `rand` are 32 fresh random bytes."""
    names = [name for agency in drafted.agencies for name, _ in entries.factors_of(agency)]
    return Commitments(op=own.id, factors={name: _commitment(own, drafted.network, name, rand) for name in names})


def read_commitments(value: object) -> Commitments:
    """Return commitments that travelled, or raise BAD_ENCODING."""
    return wire.read(value, Commitments)


def assemble(drafted: Body, commitments: Sequence[Commitments]) -> Json:
    """(4) Return the directory as a JWS without signatures; commitments come in the order of the operators."""
    if [made.op for made in commitments] != [operator.id for operator in drafted.operators]:
        raise WrongUse("COMMITMENTS", "commitments of every operator are needed, in the directory's order")
    agencies = tuple(_filled(agency, commitments) for agency in drafted.agencies)
    return signatures.sign(msgspec.structs.replace(drafted, agencies=agencies), entries.TYP, [])


def sign_as_operator(own: OperatorKeys, jws: Json, desk: Desk) -> Signed:
    """(5) Return the directory with one more signature, after everything an operator must check.

    Raises the name of D1 to D8 that failed, BAD_ENTRY for its own keys and commitments, a term over 31 days or an id
    that comes back, and Conflict where it signed another payload of this version.
    """
    # D1, as far as it goes: the operators before this one have signed, in order.
    parsed = signatures.parse(jws, entries.TYP, wire.MAX_LARGE_PAYLOAD)
    ids = [anchor.id for anchor in desk.anchors]
    if own.id not in ids:
        raise WrongUse("NOT_AN_OPERATOR", "this operator is not among the configured ones")
    parsed.verify(desk.anchors[: ids.index(own.id)])
    # D2 to D8.
    body = entries.read_body(parsed.value)
    digest = hashing.h("directory", parsed.payload)
    directories.check_body(body, digest, network=desk.network, anchors=desk.anchors, now=desk.now, last=desk.last)
    # What only operators check.
    if desk.last is None and body.version != 1:
        raise ProtocolError("STALE_DIRECTORY", "without the directory before only version 1 is signed")
    if body.not_after > body.not_before + LONGEST_S:
        raise ProtocolError("BAD_ENTRY", "a directory counts for 31 days at most")
    _check_own(own, body, ids.index(own.id))
    _check_admitted(body, desk)
    if desk.signed_before is not None and desk.signed_before != digest:
        raise Conflict("SIGNED_OTHERWISE", "another payload of this version was signed before")
    return Signed(signatures.add_signature(jws, entries.TYP, own.id, own.sign), body.version, digest)


def _commitment(own: OperatorKeys, network: str, name: str, rand: bytes) -> Commitment:
    secret = own.factor(network, name)
    pop = keys.possession(secret, rand, network=network, role="factor", owner=own.id, name=name)
    return Commitment(k=B32(group.base(secret)), pop=B64(pop))


def _filled(agency: Agency, commitments: Sequence[Commitments]) -> Agency:
    def factor(name: str) -> Factor:
        made = [one.factors.get(name) for one in commitments]
        if None in made:
            raise WrongUse("COMMITMENTS", f"an operator did not commit to {name}")
        return Factor(k=tuple(one.k for one in made if one), pop=tuple(one.pop for one in made if one))

    return msgspec.structs.replace(
        agency,
        epochs={epoch: factor(names.agency_name(agency.id, epoch)) for epoch in agency.epochs},
        records={epoch: factor(names.record_name(agency.id, epoch)) for epoch in agency.records},
    )


def _check_own(own: OperatorKeys, body: Body, index: int) -> None:
    entry = body.operators[index]
    if bytes(entry.layer) != own.layer_key or entry.sign != signatures.public_key(own.sign):
        raise ProtocolError("BAD_ENTRY", "these are not our keys")
    for agency in body.agencies:
        for name, factor in entries.factors_of(agency):
            if bytes(factor.k[index]) != own.commitment(body.network, name):
                raise ProtocolError("BAD_ENTRY", f"this is not our commitment to {name}")


def _check_admitted(body: Body, desk: Desk) -> None:
    before = set() if desk.last is None else {party for party, _ in desk.last.body.roles()}
    new = {party for party, _ in body.roles()} - before
    if new & desk.ever_listed:
        raise ProtocolError("BAD_ENTRY", "an id that was listed before does not come back")
