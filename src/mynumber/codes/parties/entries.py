"""The members of a directory (PROTOCOL.md section 4): closed types, the names of factors, and what a proof is bound to.

Nothing here is verified beyond types and sizes (D2); `directory_checks` does the rest.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec

from mynumber.codes import hashing, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.names import agency_name, record_name
from mynumber.codes.wire import B32, B64, Count, Epoch, EpochOrZero, Ident, One, Payload
from mynumber.plumbing import canonical

TYP = "mnc-directory+json"

Role: TypeAlias = Literal["operator", "keeper", "register", "supervisor", "agency"]

EpochKey: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[1-9][0-9]{0,8}\Z")]
SelfSignatures: TypeAlias = Annotated[tuple[B64, ...], msgspec.Meta(min_length=1, max_length=2)]


class Factor(Payload, frozen=True):
    """What the operators publish for one name: a commitment and its proof of possession each, in their order."""

    k: tuple[B32, ...]
    pop: tuple[B64, ...]


class Operator(Payload, frozen=True):
    """An operator; its identity is local configuration, so it has no `self` and no serial."""

    id: Ident
    org: Ident
    sign: B32
    layer: B32
    layer_pop: B64


class Keeper(Payload, frozen=True):
    """The record keeper."""

    id: Ident
    org: Ident
    serial: Epoch
    sign: B32
    transport: B32
    pop: B64
    release: B32
    release_pop: B64
    self: SelfSignatures


class Register(Payload, frozen=True):
    """The register."""

    id: Ident
    org: Ident
    serial: Epoch
    sign: B32
    self: SelfSignatures


class Supervisor(Payload, frozen=True):
    """The supervisor; `seal` is an X25519 key."""

    id: Ident
    org: Ident
    serial: Epoch
    sign: B32
    seal: B32
    self: SelfSignatures


class Agency(Payload, frozen=True):
    """An office or a portal; `epochs` and `records` belong to the operators and stand outside `self`."""

    id: Ident
    org: Ident
    serial: Epoch
    sign: B32
    transport: B32
    pop: B64
    portal: bool
    epoch: EpochOrZero
    record_epoch: Epoch
    epochs: dict[EpochKey, Factor]
    records: dict[EpochKey, Factor]
    self: SelfSignatures


Entry: TypeAlias = Keeper | Register | Supervisor | Agency


class Body(Payload, frozen=True):
    """The payload of a directory."""

    v: One
    network: Ident
    version: Epoch
    prev: B32
    not_before: Count
    not_after: Count
    operators: Annotated[tuple[Operator, ...], msgspec.Meta(min_length=1)]
    keeper: Keeper
    register: Register
    supervisor: Supervisor
    agencies: tuple[Agency, ...]

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry that carries `self`, in document order."""
        return (self.keeper, self.register, self.supervisor, *self.agencies)

    def roles(self) -> list[tuple[str, Role]]:
        """Return every listed (id, role), in document order."""
        singles: list[tuple[str, Role]] = [
            (self.keeper.id, "keeper"),
            (self.register.id, "register"),
            (self.supervisor.id, "supervisor"),
        ]
        return [*((o.id, _OPERATOR) for o in self.operators), *singles, *((a.id, _AGENCY) for a in self.agencies)]


_OPERATOR: Role = "operator"
_AGENCY: Role = "agency"


def factors_of(agency: Agency) -> list[tuple[str, Factor]]:
    """Return every (name, factor) of an agency, epochs rising (the text order of JSON would put 10 before 2)."""
    listed = []
    for name, epochs in ((agency_name, agency.epochs), (record_name, agency.records)):
        listed += [(name(agency.id, e), epochs[e]) for e in sorted(epochs, key=int)]
    return listed


def self_input(network: str, entry: Entry) -> bytes:
    """Return the bytes that `self` signs: the entry without `self`, `epochs` and `records`."""
    return hashing.frame("entry", network, canonical.encode(own_members(entry)))


def own_members(entry: Entry) -> dict[str, canonical.Json]:
    """Return the members that belong to the party itself: all but `self`, `epochs`, `records`."""
    plain = wire.plain(entry)
    assert isinstance(plain, dict)  # noqa: S101
    return {name: value for name, value in plain.items() if name not in ("self", "epochs", "records")}


def read_body(value: object) -> Body:
    """D2: return the payload as a Body, or raise BAD_ENCODING."""
    body = wire.read(value, Body)
    n = len(body.operators)
    for agency in body.agencies:
        if len(agency.epochs) > (0 if agency.portal else 2):
            raise ProtocolError("BAD_ENCODING")
        for factor in (*agency.epochs.values(), *agency.records.values()):
            if len(factor.k) != n or len(factor.pop) != n:
                raise ProtocolError("BAD_ENCODING")
    # The member `prev` is zeros in version 1, where there is nothing before.
    if body.version == 1 and body.prev != bytes(32):
        raise ProtocolError("BAD_ENCODING")
    return body
