"""A portal behind the pages that holds what a test wants shown: real `Seen` values, outcomes signed by real keys.

It keeps the contract of `Citizens` in memory. What the network does behind it is the matter of the test with a town.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mynumber.codes.records import forms
from mynumber.codes.wire import B32
from mynumber.law import statute
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFinished, Refused
from mynumber.portal.citizens import AnswerState, Gap, History, Outcome, OwnAnswer, Seen, Session
from mynumber.portal.config import Language

NAMES: dict[str, dict[Language, str]] = {
    "city-a": {"ja": "甲野市", "en": "City A"},
    "city-b": {"ja": "乙川市", "en": "City B"},
    "pension": {"ja": "年金機構", "en": "Pension Service"},
    "tax": {"ja": "国税庁", "en": "Tax Agency"},
    "portal": {"ja": "市民ポータル", "en": "Citizens' portal"},
}
# Everything that the law lets a municipality provide.
OF_A_CITY = tuple(
    dict.fromkeys(
        item
        for lines in statute.current().lines.values()
        for line in lines
        if "municipality" in line.providers
        for item in line.items
    )
)
CERTIFICATE = b"the certificate of the card"
SIGNATURE = b"what the card signed"
KEYS = {party: Ed25519PrivateKey.from_private_bytes(hashlib.sha256(party.encode()).digest()) for party in NAMES}
BEGIN = 1_790_000_000  # 21 September 2026 in Japan
DAY = 86_400


@dataclass(frozen=True)
class Asked:
    """What is worth telling apart of one exchange."""

    from_: str
    to: str
    procedure: str
    items: tuple[str, ...]
    outcome: Outcome = "ok"
    at: int = BEGIN
    undisclosed: str = ""


PENSION = Asked("city-a", "pension", "link-107", ("pension/recipient",))
TAX = Asked("city-b", "city-a", "link-107", ("local_tax/recipient", "resident_record/child"), "not-available")
ACCOUNT = Asked("pension", "city-a", "link-2", ("resident_record/insured_person",), "pending", BEGIN - DAY)
LAST_YEAR = Asked("tax", "city-b", "link-1", ("family_register/applicant",), "ok", BEGIN - 300 * DAY)
LATER = Asked(
    "city-b", "pension", "link-107", ("pension/recipient",), "ok", BEGIN - 400 * DAY, "415AC0000000057 Art.78(1)(v)"
)
OWN = Asked("portal", "city-a", "self-information", ("local_tax", "resident_record"), "ok", BEGIN - 2 * DAY)


def seen(asked: Asked, number: int) -> Seen:
    """Return an exchange as the portal would have opened it."""
    permit = hashlib.sha256(f"{asked}{number}".encode()).digest()
    row: dict[str, Json] = {
        "v": 1,
        "kind": "self" if asked.from_ == "portal" else "exchange",
        "from": asked.from_,
        "to": asked.to,
        "procedure": asked.procedure,
        "items": list(asked.items),
        "issued": asked.at,
        "undisclosed": asked.undisclosed,
        "permit": canonical.b64(permit),
        "entry": 0,
    }
    provided = None if asked.outcome == "pending" else asked.at + 7
    return Seen(
        id=f"x{number}.0",
        kind="self" if asked.from_ == "portal" else "exchange",
        requested_at=asked.at,
        provided_at=provided,
        from_=asked.from_,
        to=asked.to,
        procedure=asked.procedure,
        items=asked.items,
        outcome=asked.outcome,
        permit=canonical.b64(permit),
        entry=0,
        undisclosed=asked.undisclosed,
        row=row,
        outcome_jws=None if provided is None else _outcome(asked, permit, provided),
    )


def _outcome(asked: Asked, permit: bytes, provided: int) -> Json:
    result: forms.EntryResult = "ok" if asked.outcome == "ok" else "not-available"
    said = forms.Outcome(v=1, network="town", permit=B32(permit), provided=provided, results=(result,))
    return forms.sign_form(said, (asked.to, KEYS[asked.to].private_bytes_raw()))


def history(*asked: Asked, gaps: Sequence[Gap] = (), unreadable: int = 0) -> History:
    """Return a history of these exchanges, in this order."""
    return History(tuple(seen(one, number) for number, one in enumerate(asked)), tuple(gaps), unreadable)


FULL = history(
    *(PENSION, TAX, ACCOUNT, OWN, LAST_YEAR, LATER),
    gaps=[Gap("city-b", 2025, 2), Gap("tax", 2026, 0, late=False)],
    unreadable=1,
)


@dataclass
class Desk:
    """The contract of `Citizens`, with what a test put into it."""

    shown: History = FULL
    state: AnswerState = "data"
    lasts_s: int = 1800
    now: int = BEGIN
    down: bool = False
    busy: bool = False
    nonces: list[bytes] = field(default_factory=list)
    sessions: set[str] = field(default_factory=set)

    async def nonce(self, address: str) -> bytes:
        """Return a nonce, for an address that is ours."""
        assert address == "127.0.0.1"
        if self.busy:
            raise NotFinished("BUSY", "too many", hint="again")
        self.nonces.append(secrets.token_bytes(16))
        return self.nonces[-1]

    async def sign_in(self, nonce: bytes, certificate: bytes, signature: bytes) -> Session:
        """Return a session for the one card, once for each nonce."""
        await asyncio.sleep(0)
        if nonce not in self.nonces or (certificate, signature) != (CERTIFICATE, SIGNATURE):
            raise Refused("NOT_SIGNED_IN", "no", hint="again")
        self.nonces.remove(nonce)
        key = secrets.token_urlsafe(16)
        self.sessions.add(key)
        return Session(key, self.now + self.lasts_s)

    async def history(self, key: str) -> History:
        """Return the history."""
        self._check(key)
        return self.shown

    async def offices(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return two offices."""
        self._check(key)
        return {"city-a": OF_A_CITY, "pension": ("pension",)}

    async def own(self, key: str, office: str, items: Sequence[str]) -> OwnAnswer:
        """Return data, or what else the test wants."""
        self._check(key)
        if office not in await self.offices(key):
            raise Refused("LAW_REFUSED", "no", article="425AC0000000027 suppl. Art.6(3)")
        rows: dict[str, list[dict[str, Json]]] = {
            "local_tax": [{"fiscal_year": 2025, "income": 3_200_000, "tax": 121_500, "note": None}],
            "resident_record": [],
        }
        data = {item: rows.get(item, []) for item in items} if self.state == "data" else {}
        return OwnAnswer(office, tuple(items), self.state, data, canonical.b64(bytes(32)))

    async def sign_out(self, key: str) -> None:
        """End a session."""
        self.sessions.discard(key)

    def _check(self, key: str) -> None:
        if key not in self.sessions:
            raise Refused("SIGNED_OUT", "no", hint="sign in")
        if self.down:
            raise NotFinished("PEER_DOWN", "no answer", hint="again")
