"""The one source of time: unix seconds, moved in test towns only; and how Japan reads them."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

_JAPAN: Final = timezone(timedelta(hours=9))


def in_japan(seconds: int) -> datetime:
    """Return a unix time as Japan reads it: nine hours ahead of UTC, all year."""
    return datetime.fromtimestamp(seconds, _JAPAN)


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that is `offset_s` seconds ahead of the machine's, and as many more as `file` says at the time.

    A town whose processes share such a file moves in time without stopping; one that is not there yet says nothing.
    """

    offset_s: int = 0
    file: Path | None = None

    def now(self) -> int:
        """Return unix seconds."""
        return int(time.time()) + self.offset_s + self._moved()

    def _moved(self) -> int:
        if self.file is None or not self.file.exists():
            return 0
        return int(self.file.read_text(encoding="ascii"))
