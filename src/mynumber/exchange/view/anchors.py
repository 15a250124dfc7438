"""What a party must be given by hand before it can believe anything: the network's name and its operators.

`network.json` stands in the party's folder; the boot ceremony writes it. Everything else (directory, addresses, law
table, state) is fetched from there on and checked against these keys.
"""

from pathlib import Path

import msgspec

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties.directory import Anchor
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import WrongUse

FILE = "network.json"


class OperatorAnchor(wire.Payload, frozen=True, kw_only=True):
    """An operator as known beforehand."""

    id: wire.Ident
    org: wire.Ident
    sign: wire.B32
    url: str


class Network(wire.Payload, frozen=True, kw_only=True):
    """The network's name and its operators in order."""

    v: wire.One = 1
    network: wire.Ident
    operators: tuple[OperatorAnchor, ...]

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The operators' ids and keys, as the directory's checks want them."""
        return tuple(Anchor(operator.id, bytes(operator.sign)) for operator in self.operators)


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
    """Write the folder's `network.json`."""
    (folder / FILE).write_bytes(canonical.encode(wire.plain(network)))
