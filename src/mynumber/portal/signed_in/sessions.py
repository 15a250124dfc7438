"""Who is signed in, in memory only: what a session knows is gone with it.

Promises that a key that is unknown, signed out or past its end opens nothing, and that tags are forgotten with their
session (PROTOCOL.md section 10: portals MUST forget tags). A restart signs everybody out.
"""

import asyncio
import secrets
from dataclasses import dataclass, field

from mynumber.plumbing.errors import NotFinished
from mynumber.portal.citizens import Session
from mynumber.portal.signed_in import orders
from mynumber.portal.signed_in.orders import Asked, Present, Reads, Tags

_KEY_BYTES = 32


@dataclass
class Visit:
    """One citizen's session. `tags` are those of the directory with the hash `tags_of`.

    `reads` and `asked` are requests that may have been sent and whose answer is not here yet.
    """

    present: Present
    until: int
    tags: Tags = field(default_factory=dict, repr=False)
    tags_of: bytes = b""
    reads: Reads = field(default_factory=dict, repr=False)
    asked: dict[tuple[str, tuple[str, ...]], Asked] = field(default_factory=dict, repr=False)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    """One order of a session at a time (C4: its unanswered one)."""


@dataclass(slots=True)
class Sessions:
    """All sessions, `most` at a time."""

    most: int
    _visits: dict[str, Visit] = field(default_factory=dict, repr=False)

    def begin(self, present: Present, until: int, now: int) -> Session:
        """Begin a session under a new key, or raise BUSY."""
        self.forget(now)
        if len(self._visits) >= self.most:
            raise NotFinished("BUSY", "too many citizens are signed in", hint="try again in some minutes")
        key = secrets.token_urlsafe(_KEY_BYTES)
        self._visits[key] = Visit(present, until)
        return Session(key, until)

    def visit(self, key: str, now: int) -> Visit:
        """Return the session of a key, or raise SIGNED_OUT."""
        self.forget(now)
        found = self._visits.get(key)
        if found is None:
            raise orders.signed_out()
        return found

    def end(self, key: str) -> None:
        """End a session and forget what it knew."""
        self._visits.pop(key, None)

    def forget(self, now: int) -> None:
        """End every session that is past its end."""
        for key in [key for key, visit in self._visits.items() if now > visit.until]:
            del self._visits[key]
