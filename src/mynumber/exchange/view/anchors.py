"""What a party must be given by hand before it can believe anything: the network's name and its operators.

`network.json` stands in the party's folder; the boot ceremony writes it, and writes it anew where an operator's signing
key changes. Everything else (directory, addresses, law table, state) is fetched from there on and checked against these
keys: each version of the directory against those that counted then (PROTOCOL.md D3).
"""

from pathlib import Path

import msgspec

from mynumber.codes import jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties import entries
from mynumber.codes.parties.directory import Anchor
from mynumber.plumbing import canonical, durable
from mynumber.plumbing.errors import WrongUse

FILE = "network.json"


class OperatorAnchor(wire.Payload, frozen=True, kw_only=True):
    """An operator as known beforehand."""

    id: wire.Ident
    org: wire.Ident
    sign: wire.B32
    url: str


class Era(wire.Payload, frozen=True, kw_only=True):
    """The operators as they were believed for the versions of the directory below `until`."""

    until: wire.Epoch
    operators: tuple[OperatorAnchor, ...]


class Network(wire.Payload, frozen=True, kw_only=True):
    """The network's name and its operators in order; `earlier` are those of before, the oldest first."""

    v: wire.One = 1
    network: wire.Ident
    operators: tuple[OperatorAnchor, ...]
    earlier: tuple[Era, ...] = ()

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The newest operators' ids and keys, as the directory's checks want them."""
        return _anchors(self.operators)

    def believed(self, version: int) -> tuple[Anchor, ...]:
        """Return the operators' ids and keys for one version of the directory."""
        then = next((era.operators for era in self.earlier if version < era.until), self.operators)
        return _anchors(then)

    def followed_by(self, operators: tuple[OperatorAnchor, ...], *, from_version: int) -> "Network":
        """Return the network with other operators from a version of the directory on."""
        era = Era(until=from_version, operators=self.operators)
        return Network(network=self.network, operators=operators, earlier=(*self.earlier, era))


def version_of(directory: object) -> int:
    """Return which version a directory says it is, to know whom to believe; nothing of it is verified yet."""
    return wire.read(jws.parse(directory, entries.TYP, wire.MAX_LARGE_PAYLOAD).value, entries.Body).version


def _anchors(operators: tuple[OperatorAnchor, ...]) -> tuple[Anchor, ...]:
    return tuple(Anchor(operator.id, bytes(operator.sign)) for operator in operators)


def load(folder: Path) -> Network:
    """Return the folder's `network.json`, or raise WrongUse."""
    path = folder / FILE
    try:
        return wire.read(msgspec.json.decode(path.read_bytes()), Network)
    except (OSError, msgspec.MsgspecError, ProtocolError) as problem:
        raise WrongUse(
            "NO_NETWORK", f"{path} is missing or malformed", hint="take part in the ceremony first"
        ) from problem


def save(folder: Path, network: Network) -> None:
    """Write the folder's `network.json`, so that a running process sees the old one or the new one."""
    durable.put(folder / FILE, canonical.encode(wire.plain(network)))
