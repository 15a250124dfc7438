"""What a party writes into its log: one record a permit or refusal (FLOWS section 6), free of persons.

The log holds only H(`log-record`, salt, record); salt and record stay with the party, which opens them to the
supervisor or to the person concerned.
"""

from typing import Literal, TypeAlias

from mynumber.codes import wire
from mynumber.codes.permit.request import Request
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


def record_of(
    asked: Request,
    event: Event,
    *,
    network: str,
    party: str,
    at: int,
    permit: bytes | None = None,
    error: str = "",
    row: str = "",
) -> Record:
    """Return the record of a party about a request; `permit` is the permit hash, where there is one."""
    return Record(
        network=network,
        party=party,
        event=event,
        request=canonical.b64(asked.hash),
        permit="" if permit is None else canonical.b64(permit),
        kind=asked.kind,
        from_=asked.from_,
        to=asked.to,
        procedure=asked.procedure,
        items=asked.items,
        count=asked.count,
        at=at,
        error=error,
        row=row,
    )
