"""What each party hands in for a directory: its own entry, with proofs of possession and `self` (section 4).

An agency's entry is handed in without `epochs` and `records`; those are the operators' and come with the draft.
"""

from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from mynumber.codes import group, jws, keys, wire
from mynumber.codes.keys import AgencyKeys, KeeperKeys, OperatorKeys, RegisterKeys, SupervisorKeys
from mynumber.codes.parties import entries
from mynumber.codes.parties.directory import Anchor
from mynumber.codes.parties.entries import Agency, Entry, Keeper, Operator, Register, Role, Supervisor
from mynumber.codes.wire import B32, B64

E = TypeVar("E", Keeper, Register, Supervisor, Agency)

KINDS: dict[Role, type[Entry | Operator]] = {
    "operator": Operator,
    "keeper": Keeper,
    "register": Register,
    "supervisor": Supervisor,
    "agency": Agency,
}


@dataclass(frozen=True, slots=True)
class Vouching:
    """How a party vouches for its entry: network, organisation, 32 fresh random bytes for the proofs, a serial.

    The serial grows with every change; `previous` is the signing secret before, where that one changes.
    """

    network: str
    org: str
    rand: bytes = field(repr=False)
    serial: int = 1
    previous: bytes | None = field(default=None, repr=False)


def operator_entry(own: OperatorKeys, by: Vouching) -> Operator:
    """Return an operator's entry; its identity is the others' local configuration, see `anchor`."""
    pop = keys.possession(own.layer, by.rand, network=by.network, role="layer", owner=own.id, name="layer")
    return Operator(
        id=own.id,
        org=by.org,
        sign=B32(jws.public_key(own.sign)),
        layer=B32(own.layer_key),
        layer_pop=B64(pop),
    )


def anchor(entry: Operator) -> Anchor:
    """Return what every party must be configured with to believe this operator."""
    return Anchor(entry.id, bytes(entry.sign))


def keeper_entry(own: KeeperKeys, by: Vouching) -> Keeper:
    """Return the keeper's entry."""
    network, rand, owner = by.network, by.rand, own.id
    entry = Keeper(
        id=own.id,
        org=by.org,
        serial=by.serial,
        sign=B32(jws.public_key(own.sign)),
        transport=B32(group.base(own.y)),
        pop=B64(keys.possession(own.y, rand, network=network, role="transport", owner=owner, name="transport")),
        release=B32(group.base(own.x)),
        release_pop=B64(keys.possession(own.x, rand, network=network, role="release", owner=owner, name="release")),
        self=(),
    )
    return _vouched(entry, own.sign, by)


def register_entry(own: RegisterKeys, by: Vouching) -> Register:
    """Return the register's entry."""
    entry = Register(id=own.id, org=by.org, serial=by.serial, sign=B32(jws.public_key(own.sign)), self=())
    return _vouched(entry, own.sign, by)


def supervisor_entry(own: SupervisorKeys, by: Vouching) -> Supervisor:
    """Return the supervisor's entry."""
    sign, seal = B32(jws.public_key(own.sign)), B32(own.seal_key)
    return _vouched(Supervisor(id=own.id, org=by.org, serial=by.serial, sign=sign, seal=seal, self=()), own.sign, by)


def agency_entry(
    own: AgencyKeys, by: Vouching, *, portal: bool = False, epoch: int = 1, record_epoch: int = 1
) -> Agency:
    """Return an office's entry; a portal has no codes, so its `epoch` is 0 whatever is given."""
    pop = keys.possession(own.y, by.rand, network=by.network, role="transport", owner=own.id, name="transport")
    entry = Agency(
        id=own.id,
        org=by.org,
        serial=by.serial,
        sign=B32(jws.public_key(own.sign)),
        transport=B32(group.base(own.y)),
        pop=B64(pop),
        portal=portal,
        epoch=0 if portal else epoch,
        record_epoch=record_epoch,
        epochs={},
        records={},
        self=(),
    )
    return _vouched(entry, own.sign, by)


def read_entry(role: Role, value: object) -> Entry | Operator:
    """Return a handed-in entry of this role, or raise BAD_ENCODING; proofs are checked before signing (D7, D8)."""
    return wire.read(value, KINDS[role])


def _vouched(entry: E, sign: bytes, by: Vouching) -> E:
    signed = entries.self_input(by.network, entry)
    secrets = [sign] if by.previous is None else [sign, by.previous]
    return msgspec.structs.replace(entry, self=tuple(B64(jws.sign_bytes(secret, signed)) for secret in secrets))
