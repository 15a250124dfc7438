"""The one source of time: unix seconds, moved by a configured offset in test towns."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that is `offset_s` seconds ahead of the machine's."""

    offset_s: int = 0

    def now(self) -> int:
        """Return unix seconds."""
        return int(time.time()) + self.offset_s
