"""What the portal does for a citizen: the one contract between its listener, its pages and its steps.

Everything is asked with the session's key, a random text that lives in the browser's cookie and in this process only.
Nothing here holds a name or a number: a citizen is a session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from mynumber.plumbing.canonical import Json

Outcome: TypeAlias = Literal["ok", "not-available", "pending"]
GapState: TypeAlias = Literal["missing", "not-yet-known"]
AnswerState: TypeAlias = Literal["data", "nothing-held", "not-available", "pending"]


@dataclass(frozen=True, slots=True)
class Session:
    """A citizen who is signed in: the key of the cookie, and the unix time at which it ends."""

    key: str = field(repr=False)
    until: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One exchange about the citizen, as its record and the provider's outcome say. `id` tells it in this session.

    `outcome` is `pending` and `provided_at` None until the provider's outcome has arrived. `permit` is the permit hash
    in base64url, `undisclosed` the article that had hidden the record (`""` = none), `row` and `outcome_jws` are the
    record and the signed outcome as they were opened.
    """

    id: str
    kind: Literal["exchange", "self"]
    requested_at: int
    provided_at: int | None
    from_: str
    to: str
    procedure: str
    items: tuple[str, ...]
    outcome: Outcome
    permit: str
    entry: int
    undisclosed: str
    row: Json = field(repr=False)
    outcome_jws: Json | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Gap:
    """A record that must be and is not here: asked by `agency`, in a fiscal year, of this number.

    Copies come in random order, so one that was made within the last hour may still be on its way: `late` is False
    then. It is True for one that had to be here by now, and where nothing tells when it was made.
    """

    agency: str
    year: int
    number: int
    late: bool = True

    @property
    def state(self) -> GapState:
        """What a program is told of it."""
        return "missing" if self.late else "not-yet-known"


@dataclass(frozen=True, slots=True)
class History:
    """All exchanges about the citizen, the newest first; gaps; how many records or outcomes do not open."""

    exchanges: tuple[Seen, ...]
    gaps: tuple[Gap, ...]
    unreadable: int


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """What an office holds about the citizen: item -> rows, by item and column as the office names them."""

    office: str
    items: tuple[str, ...]
    state: AnswerState
    data: Mapping[str, Sequence[Mapping[str, Json]]] = field(repr=False)
    permit: str


class Citizens(Protocol):
    """What a citizen can do here.

    A key that is unknown, signed out or past its end raises Refused `SIGNED_OUT`; a party that does not answer raises
    NotFinished, and the same may be asked again.
    """

    async def nonce(self, address: str) -> bytes:
        """Return 16 bytes that one sign-in within 120 s may use; NotFinished `BUSY` if too many begin."""

    async def sign_in(self, nonce: bytes, certificate: bytes, signature: bytes) -> Session:
        """Sign a citizen in with what the card made for the nonce, or raise Refused `NOT_SIGNED_IN`."""

    async def history(self, key: str) -> History:
        """Return every exchange about the citizen."""

    async def offices(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return which offices can be asked for the citizen's own data, and for which items."""

    async def own(self, key: str, office: str, items: Sequence[str]) -> OwnAnswer:
        """Ask an office for the citizen's own data; Refused, as the network names it, what the law table lacks."""

    async def sign_out(self, key: str) -> None:
        """End the session and forget its tags; a key that is unknown is no error."""
