"""Nonces and sessions of citizens at portals, in memory only: a restart of the register signs everybody out.

Promises that a nonce serves one sign-in at one portal within 120 s, and that a session serves the portal it was given
to, until its end. Who is signed in where is written nowhere (docs/decisions/portal.md).
"""

from collections.abc import Sized
from dataclasses import dataclass, field
from typing import TypeVar

from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit.portal import LONGEST_SESSION_S, NONCE_S
from mynumber.plumbing.errors import NotFinished

MOST = 100_000
"""Nonces, and sessions, that are remembered at a time; more than that is a flood and has to wait."""


@dataclass(slots=True)
class Presence:
    """A citizen whose card was shown at a portal; `orders` counts the requests that were written for the session."""

    portal: str
    resident: int = field(repr=False)
    until: int
    orders: int = 0


@dataclass(slots=True)
class _Nonce:
    portal: str
    until: int
    used: bool = False


_Ending = TypeVar("_Ending", _Nonce, Presence)


@dataclass(slots=True)
class Sessions:
    """All nonces and sessions; random names come from the caller."""

    _nonces: dict[bytes, _Nonce] = field(default_factory=dict, repr=False)
    _present: dict[bytes, Presence] = field(default_factory=dict, repr=False)

    def offer(self, nonce: bytes, portal: str, now: int) -> None:
        """Let a nonce count for a portal from now on."""
        _forget(self._nonces, now)
        _require_room(self._nonces)
        self._nonces[nonce] = _Nonce(portal, now + NONCE_S)

    def use(self, nonce: bytes, portal: str, now: int) -> None:
        """Use a nonce up: NOT_FRESH if it does not count for this portal now, REPLAYED, once, if it was used before."""
        offered = self._nonces.get(nonce)
        if offered is None or offered.portal != portal or now > offered.until:
            raise ProtocolError("NOT_FRESH")
        if offered.used:
            del self._nonces[nonce]
            raise ProtocolError("REPLAYED")
        offered.used = True

    def begin(self, session: bytes, portal: str, resident: int, now: int) -> int:
        """Begin a session and return its end."""
        _forget(self._present, now)
        _require_room(self._present)
        until = now + LONGEST_SESSION_S
        self._present[session] = Presence(portal, resident, until)
        return until

    def present(self, session: bytes, portal: str, now: int) -> Presence:
        """Return who is present; unknown, ended and another portal's sessions are alike ORDER_MISMATCH."""
        found = self._present.get(session)
        if found is None or found.portal != portal or now > found.until:
            raise ProtocolError("ORDER_MISMATCH")
        return found


def _forget(kept: dict[bytes, _Ending], now: int) -> None:
    """Drop what has ended, from the oldest on; all of a kind last equally long, so the rest is younger."""
    while kept and next(iter(kept.values())).until < now:
        del kept[next(iter(kept))]


def _require_room(kept: Sized) -> None:
    if len(kept) >= MOST:
        raise NotFinished("BUSY", "too many sign-ins are under way", hint="try again in a minute")
