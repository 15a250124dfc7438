"""What a scan reports: finds, and what could not be read; promises that showing one by accident shows no digit."""

import msgspec

from mynumber.scanner.judging import Confidence


class Location(msgspec.Struct, frozen=True):
    """Where a find stands: a line and column from 1, a cell of a sheet, a key path, or a page."""

    line: int = 0
    column: int = 0
    sheet: str = ""
    cell: str = ""
    key: str = ""
    page: int = 0
    # The commit that brought it, in the history of a repository.
    commit: str = ""

    def members(self) -> dict[str, object]:
        """Return the members that apply."""
        return self._place() | ({"commit": self.commit} if self.commit else {})

    def _place(self) -> dict[str, object]:
        if self.cell:
            return {"sheet": self.sheet, "cell": self.cell}
        if self.key:
            return {"key": self.key}
        if self.page:
            return {"page": self.page}
        return {"line": self.line, "column": self.column}


class Find(msgspec.Struct, frozen=True):
    """One number at one place; `digits` are the twelve digits after repair, none if they cannot be told.

    A column of converted numbers is one find, at its first value, of `count` numbers. `in_table` says that it stands in
    a column of a table, a sheet or a database.
    """

    path: str
    location: Location
    kind: str
    confidence: Confidence
    reason: str
    digits: str
    count: int = 1
    in_table: bool = False

    @property
    def masked(self) -> str:
        """The number as it may be shown: no digit of it."""
        return "*" * 12

    def __repr__(self) -> str:
        return f"Find({self.path!r}, {self.location}, {self.kind}, {self.confidence.name})"


class Unread(msgspec.Struct, frozen=True):
    """Something that was not read, or not wholly, and why."""

    path: str
    why: str
