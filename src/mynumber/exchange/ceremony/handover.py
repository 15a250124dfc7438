"""How an operator's signing key changes: everybody's configuration learns the next one, by the word of the one before.

The directory cannot say it. It is believed because the operators signed it, and their keys are each party's own
configuration, `network.json` (PROTOCOL.md D1, D4). So beside a version that lists another key lies `handover.json`: for
each operator that changes, its next key, signed with the key before. Who finishes the ceremony checks that against the
keys it believes already, and from this version on believes the next one; what was signed before stays under the key
before. A key that was lost vouches for nothing, and its operator cannot go on in this network. One that others hold too
vouches for them as well: what an operator signs names whose key changes, and people ask that operator.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from mynumber.codes import hashing, jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties.entries import Body, Operator
from mynumber.exchange.view.anchors import Network, OperatorAnchor
from mynumber.plumbing import canonical, durable
from mynumber.plumbing.errors import Conflict

FILE = "handover.json"


class Handover(wire.Payload, frozen=True):
    """An operator's next signing key, and the signature of the one before over it."""

    id: wire.Ident
    sign: wire.B32
    vouched: wire.B64


class Handovers(wire.Payload, frozen=True):
    """Everybody who changes with one version of the directory."""

    version: wire.Epoch
    operators: tuple[Handover, ...]


def vouch(network: str, party: str, sign: bytes, previous: bytes) -> bytes:
    """Return the word of the signing secret before for the public key that follows it."""
    return jws.sign_bytes(previous, _said(network, party, sign))


def check(network: str, party: str, sign: bytes, *, vouched: bytes, previous: bytes) -> None:
    """Raise BAD_ENTRY unless the public key before vouches for this one."""
    jws.check_signature(previous, vouched, _said(network, party, sign), "BAD_ENTRY")


def of(version: int, last: Body, new: Sequence[Operator], vouched: dict[str, bytes]) -> Handovers:
    """Return who changes between a directory and its successor, or raise Conflict for who has no word for it.

    A word that the key before did not sign is none: every party would refuse the version when it is finished.
    """
    before = {operator.id: bytes(operator.sign) for operator in last.operators}
    changed = [operator for operator in new if before.get(operator.id) != operator.sign]
    for each in changed:
        try:
            word, previous = vouched.get(each.id, b""), before.get(each.id, b"")
            check(last.network, each.id, bytes(each.sign), vouched=word, previous=previous)
        except ProtocolError as problem:
            hint = "`mynumber join rotate sign` makes a key that the one before vouches for"
            raise Conflict("NEW_ANCHOR", f"{each.id} has another signing key", hint=hint) from problem
    listed = (Handover(each.id, each.sign, wire.B64(vouched[each.id])) for each in changed)
    return Handovers(version, tuple(listed))


def write(place: Path, handovers: Handovers) -> None:
    """Put it beside the draft; where nobody changes there is none, also where an attempt before left one."""
    (place / FILE).unlink(missing_ok=True)
    if handovers.operators:
        durable.put(place / FILE, canonical.encode(wire.plain(handovers)))


def believed(trusted: Network, places: Iterable[tuple[int, Path]]) -> Network:
    """Return whom a party believes after these versions of the directory and the folders they lie in, oldest first.

    A version that it took before is passed over; a change that is told of another version, or that the key before does
    not vouch for, is BAD_ENTRY.
    """
    for version, place in places:
        if (place / FILE).exists():
            found = wire.read(wire.parse((place / FILE).read_bytes()), Handovers)
            # The word does not name the version, so whoever holds the folder could move it.
            if found.version != version:
                raise ProtocolError("BAD_ENTRY")
            trusted = _changed(trusted, found)
    return trusted


def _changed(trusted: Network, found: Handovers) -> Network:
    if any(era.until >= found.version for era in trusted.earlier):
        return trusted
    following = {each.id: each for each in found.operators}
    operators = tuple(_next(trusted.network, each, following.get(each.id)) for each in trusted.operators)
    return trusted.followed_by(operators, from_version=found.version)


def _next(network: str, operator: OperatorAnchor, new: Handover | None) -> OperatorAnchor:
    if new is None:
        return operator
    check(network, operator.id, bytes(new.sign), vouched=bytes(new.vouched), previous=bytes(operator.sign))
    return msgspec.structs.replace(operator, sign=new.sign)


def _said(network: str, party: str, sign: bytes) -> bytes:
    return hashing.frame("anchor", network, party, sign)
