"""The one source of time: unix seconds, moved by a configured offset in test towns; and how Japan reads them."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

_JAPAN: Final = timezone(timedelta(hours=9))


def in_japan(seconds: int) -> datetime:
    """Return a unix time as Japan reads it: nine hours ahead of UTC, all year."""
    return datetime.fromtimestamp(seconds, _JAPAN)


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that is `offset_s` seconds ahead of the machine's."""

    offset_s: int = 0

    def now(self) -> int:
        """Return unix seconds."""
        return int(time.time()) + self.offset_s
