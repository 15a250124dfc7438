"""The directory: who is who in a network, under which keys; accepted only after D1 to D8 of PROTOCOL.md section 4.

  D1  JWS by the configured operators
  D2  members
  D3  network, time, and its place behind the one accepted before
  D4  operators as configured, organisations apart
  D5  points and signing keys are sound     D6  and pairwise different
  D7  every proof of possession             D8  every entry vouched for by its party, and its history

A party keeps the newest it accepted on disk and passes it as `last`, so that it cannot be led back or aside.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mynumber.codes import hashing, wire
from mynumber.codes import jws as signatures
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.parties import directory_checks, entries
from mynumber.codes.parties.entries import TYP, Agency, Body, Role
from mynumber.plumbing.canonical import Json

SPACING_S = 4320  # two directories are at least this far apart, and the older one counts this long


class Anchor(NamedTuple):
    """What a party must know beforehand of an operator: its id and its Ed25519 public key."""

    id: str
    sign: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """A directory behind D1 to D8. `hash` names it, `jws` is what travels, `body` is the whole payload.

    `operators` are the operators' ids in order, `layers` their layer keys X_1, ..., X_n.
    """

    hash: bytes
    jws: Json
    body: Body
    operators: tuple[str, ...]
    layers: tuple[Point, ...]
    _keys: dict[str, bytes] = field(repr=False)
    _roles: dict[str, Role] = field(repr=False)
    _agencies: dict[str, Agency] = field(repr=False)
    _commitments: dict[str, tuple[Point, ...]] = field(repr=False)

    @property
    def network(self) -> str:
        """Return the network's name."""
        return self.body.network

    @property
    def release(self) -> Point:
        """Return the keeper's release key X_K."""
        return Point(self.body.keeper.release)

    @property
    def domains(self) -> tuple[tuple[str, int], ...]:
        """Return all (agency, record epoch): agencies in order, portals too, epochs rising."""
        return tuple((a.id, int(e)) for a in self.body.agencies for e in sorted(a.records, key=int))

    def signing_key(self, party: str) -> bytes | None:
        """Return the party's Ed25519 public key, None for an unknown one."""
        return self._keys.get(party)

    def signer(self, party: str) -> tuple[str, bytes]:
        """Return (kid, key) of a party for verifying what it signed, or raise UNKNOWN_PARTY."""
        key = self._keys.get(party)
        if key is None:
            raise ProtocolError("UNKNOWN_PARTY")
        return party, key

    def role_of(self, party: str) -> Role | None:
        """Return the party's role, None for an unknown one."""
        return self._roles.get(party)

    def agency(self, party: str) -> Agency:
        """Return an agency's entry, or raise UNKNOWN_PARTY."""
        entry = self._agencies.get(party)
        if entry is None:
            raise ProtocolError("UNKNOWN_PARTY")
        return entry

    def transport(self, party: str) -> Point:
        """Return the transport key Y of an agency or the keeper, or raise UNKNOWN_PARTY."""
        keeper = self.body.keeper
        return Point(keeper.transport if party == keeper.id else self.agency(party).transport)

    def commitments(self, name: str) -> tuple[Point, ...] | None:
        """Return the operators' commitments K_1, ..., K_n of "agency/<id>/<epoch>" or "record/<id>/<epoch>"."""
        return self._commitments.get(name)


def load_directory(
    jws: object, *, network: str, anchors: Sequence[Anchor], now: int | None, last: Directory | None
) -> Directory:
    """Return the directory behind D1 to D8, or raise the name of the check that failed.

    `last` is the newest accepted before: the directory must be the same or its successor. `now` None is for a version
    that the party missed: without the time rule, and `anchors` are those configured then.
    """
    # D1. Signatures by the configured operators, in order.
    parsed = signatures.open_signed(jws, TYP, list(anchors), wire.MAX_LARGE_PAYLOAD)
    # D2. Members.
    body = entries.read_body(parsed.value)
    digest = hashing.h("directory", parsed.payload)
    check_body(body, digest, network=network, anchors=anchors, now=now, last=last)
    return _view(digest, wire.members(jws, "payload", "signatures"), body)


def check_body(
    body: Body, digest: bytes, *, network: str, anchors: Sequence[Anchor], now: int | None, last: Directory | None
) -> None:
    """D3 to D8 on a payload whose hash is `digest`: the receiver's checks, and an operator's before it signs."""
    # D3. Network, time, and its place behind `last`.
    if body.network != network:
        raise ProtocolError("STALE_DIRECTORY")
    if now is not None and not body.not_before <= now <= body.not_after:
        raise ProtocolError("STALE_DIRECTORY")
    before = _predecessor(body, digest, last)
    # D4 to D7.
    directory_checks.check_operators(body, anchors)
    directory_checks.check_keys(body)
    directory_checks.check_distinct(body)
    directory_checks.check_possession(body)
    # D8. Each entry, and what became of it.
    directory_checks.check_entries(body)
    if before is not None:
        directory_checks.check_succession(body, before.body)


def _predecessor(body: Body, digest: bytes, last: Directory | None) -> Directory | None:
    """Return `last` where the new one is its successor, None where it is the same one or the first we see."""
    if last is None or digest == last.hash:
        return None
    follows = (
        body.version == last.body.version + 1
        and body.prev == last.hash
        and body.not_before >= last.body.not_before + SPACING_S
    )
    if not follows:
        raise ProtocolError("STALE_DIRECTORY")
    return last


def _view(digest: bytes, jws: Json, body: Body) -> Directory:
    factors = [pair for agency in body.agencies for pair in entries.factors_of(agency)]
    return Directory(
        hash=digest,
        jws=jws,
        body=body,
        operators=tuple(o.id for o in body.operators),
        layers=tuple(Point(o.layer) for o in body.operators),
        _keys={e.id: bytes(e.sign) for e in (*body.operators, *body.entries())},
        _roles=dict(body.roles()),
        _agencies={a.id: a for a in body.agencies},
        _commitments={name: tuple(Point(k) for k in factor.k) for name, factor in factors},
    )
