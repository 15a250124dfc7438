"""What the keeper signs when it releases (PROTOCOL.md section 8): no key and no share is needed to know its members."""

from mynumber.codes import wire
from mynumber.codes.wire import B32, Count, Ident

TYP = "mnc-release+json"


class ReleaseBody(wire.Payload, frozen=True):
    """What the keeper signs: which permit, which shares, when it stored the record."""

    v: wire.One
    network: Ident
    permit: B32
    shares: B32
    stored: Count
