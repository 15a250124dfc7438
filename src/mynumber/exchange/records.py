"""What a party writes into its log: one record a permit or refusal (FLOWS section 6), free of persons.

The log holds only H(`log-record`, salt, record); salt and record stay with the party, which opens them to the
supervisor or to the person concerned.
"""

from typing import Literal, TypeAlias

from mynumber.codes import wire
from mynumber.plumbing import canonical

Event: TypeAlias = Literal["endorsed", "refused", "released", "asked", "answered", "acquired"]


class Record(wire.Payload, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One event of one party; `request` and `permit` are b64(32) or empty, `at` unix seconds, `error` and `row` empty
    unless something was refused.
    """

    v: wire.One = 1
    network: str
    party: str
    event: Event
    request: str
    permit: str
    kind: str
    from_: str
    to: str
    procedure: str
    items: tuple[str, ...]
    count: int
    at: int
    error: str = ""
    row: str = ""

    def text(self) -> bytes:
        """Return the canonical JSON that the commitment covers."""
        return canonical.encode(wire.plain(self))
