"""Entries a minute for each agency, so that a list of stolen numbers or codes cannot be drained at speed."""

import threading
from collections import deque

from mynumber.plumbing.errors import NotFinished

WINDOW_SECONDS = 60


class Rate:
    """Counts entries over the last minute; a restart begins anew, which gives an agency one minute at most."""

    def __init__(self, entries_a_minute: int) -> None:
        """Allow so many entries in any minute."""
        self._limit = entries_a_minute
        self._taken: dict[str, deque[tuple[int, int]]] = {}
        self._lock = threading.Lock()

    def take(self, agency: str, entries: int, now: int) -> None:
        """Take entries, or raise NotFinished and take none: the agency repeats the same request later."""
        with self._lock:
            taken = self._taken.setdefault(agency, deque())
            while taken and taken[0][0] <= now - WINDOW_SECONDS:
                taken.popleft()
            if sum(count for _, count in taken) + entries > self._limit:
                raise NotFinished("BUSY", "too many entries in a minute", hint="repeat the request in a minute")
            taken.append((now, entries))
