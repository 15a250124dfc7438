"""What a scan adds up to; promises counts that do not depend on the order of the finds."""

from collections import Counter
from dataclasses import dataclass, field

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting.rulings import FileRulings

# More distinct numbers than this are counted as so many and more: the count must not need unbounded memory.
MOST_PERSONS = 1_000_000


@dataclass(slots=True)
class Summary:
    """Counts of one scan."""

    files: int = 0
    bytes_read: int = 0
    unread: int = 0
    by_confidence: Counter[Confidence] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    law: FileRulings = field(default_factory=FileRulings)
    _persons: set[int] = field(default_factory=set, repr=False)
    _columns: set[tuple[str, str, str]] = field(default_factory=set, repr=False)
    _in_columns: int = 0

    def take(self, result: Find | Unread) -> None:
        """Count one result."""
        if isinstance(result, Unread):
            self.unread += 1
            return
        self.by_confidence[result.confidence] += 1
        self.by_kind[result.kind] += 1
        self.law.take(result)
        if result.count > 1:
            self._take_column(result)
        elif result.confidence >= Confidence.LIKELY and len(self._persons) < MOST_PERSONS:
            self._persons.add(int(result.digits))

    def _take_column(self, column: Find) -> None:
        """Count the persons of a column of which the numbers are not known one by one.

        A copy begins with the same number and is as long. Where no number is known, nobody may be left out.
        """
        copy = (column.kind, column.reason, column.digits)
        if not column.digits or copy not in self._columns:
            self._columns.add(copy)
            self._in_columns += column.count

    def read(self, size: int) -> None:
        """Count one file that has been read."""
        self.files += 1
        self.bytes_read += size

    @property
    def finds(self) -> int:
        """How many finds there are."""
        return self.by_confidence.total()

    @property
    def persons(self) -> int:
        """How many different numbers are likely or certain: so many persons are concerned."""
        return len(self._persons) + self._in_columns

    @property
    def exit_status(self) -> int:
        """0 nothing found and all read, 1 found, 3 something unread and nothing found."""
        if self.finds:
            return 1
        return 3 if self.unread else 0

    def members(self) -> dict[str, object]:
        """Return the counts for JSON."""
        return {
            "type": "summary",
            "files": self.files,
            "bytes": self.bytes_read,
            "finds": {one.name.lower(): self.by_confidence[one] for one in reversed(Confidence) if one},
            "persons": self.persons,
            "unread": self.unread,
            "law": self.law.members(),
        }
