"""How many sign-ins begin in a minute: of all together, to protect the register, and of one address.

Promises that one address alone cannot keep everybody else from signing in. Addresses are in memory for a minute, of
those who began only, so that there are never more of them than sign-ins are allowed.
"""

import ipaddress
from collections import deque

from mynumber.plumbing.errors import NotFinished

WINDOW_SECONDS = 60
_HOUSEHOLD_BITS = 64  # whoever has one IPv6 address has all that share its first half


class Beginnings:
    """Counts what began over the last minute; a restart begins anew."""

    def __init__(self, most: int, each: int) -> None:
        """Allow `most` in any minute, `each` of them from one address."""
        self._most, self._each = most, each
        self._taken: deque[tuple[int, str]] = deque()

    def take(self, address: str, now: int) -> None:
        """Begin one, or raise NotFinished `BUSY` and begin none."""
        while self._taken and self._taken[0][0] <= now - WINDOW_SECONDS:
            self._taken.popleft()
        source = _source(address)
        own = sum(each == source for _, each in self._taken)
        if len(self._taken) >= self._most or own >= self._each:
            raise NotFinished("BUSY", "too many sign-ins at this moment", hint="try again in a minute")
        self._taken.append((now, source))


def _source(address: str) -> str:
    """Return what one client cannot change at will."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        bits = int(found)
        return str(found.ipv4_mapped or ipaddress.IPv6Address(bits >> _HOUSEHOLD_BITS << _HOUSEHOLD_BITS))
    return str(found)
