"""Tables of HTML by their columns: promises each number in a cell with its header or what the cell to its left says.

What stands beside tables, and what attributes and scripts hold, is read as text with its lines and columns; there the
cells that hold digits are blank. A table with a table in a cell arranges a page and holds no columns.
"""

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BufferedReader, BytesIO

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Location
from mynumber.scanner.reading import rewriting
from mynumber.scanner.reading.encodings import SAMPLE, encoding_of
from mynumber.scanner.reading.office.tables import columns
from mynumber.scanner.reading.parts import Part

_SHOWN = re.compile(rb"<table[\s>]", re.I)
_TAG = re.compile(r"<(/?)(table|tr|t[dh])(?=[\s>/])([^<>]*)>", re.I)
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPAN = re.compile(r"\b(col|row)span\s*=\s*[\"']?([0-9]{1,3})", re.I)
_DIGITS = re.compile(rb"[0-9]")
_NUMBER = re.compile(r"[0-9０-９][0-9０-９ .\-－ー−　]{9,}[0-9０-９]")
_FOUR = 4
# Two texts in one cell may not become one chain of digits.
_BETWEEN = "\x0b"


def has_tables(sample: bytes) -> bool:
    """Whether a text that begins so is HTML with tables."""
    plain = sample.replace(b"\0", b"")
    return plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<") and _SHOWN.search(plain) is not None


def parts_of(path: str, content: bytes) -> Iterator[Part]:
    """Yield the columns of each table, and the text without its numbers in cells."""
    text = content.decode(encoding_of(content[:SAMPLE]), "replace")
    kept = list(text)
    lines = [0, *(found.end() for found in re.finditer("\n", text))]
    for table in _tables(text):
        cells = {at: cell.text(text) for at, cell in table.cells.items()}
        for at, cell in table.cells.items():
            if len(_DIGITS.findall(folded(cells[at]))) >= _FOUR or (len(cells[at]) <= _FOUR and cells[at].isdigit()):
                cell.blank(kept, text)

        def place(row: int, column: int, table: _Table = table) -> Location:
            at = table.cells[row, column].number(text)
            line = bisect_right(lines, at)
            return Location(line=line, column=at - lines[line - 1] + 1)

        yield from columns(path, cells, place)
    beside = "".join(kept).encode("utf-8", "surrogatepass")
    yield rewriting.part_of(path, BufferedReader(BytesIO(beside)), beside[:SAMPLE])


@dataclass(frozen=True, slots=True)
class _Cell:
    """Where a cell begins and ends in its text."""

    begin: int
    end: int

    def text(self, whole: str) -> str:
        """Return what it shows, in one line."""
        shown = html.unescape(_ANY_TAG.sub(_apart, whole[self.begin : self.end]))
        return _BETWEEN.join(" ".join(one.split("\n")).strip() for one in shown.split(_BETWEEN))

    def blank(self, kept: list[str], whole: str) -> None:
        """Put blanks in the place of what it shows; what stands in tags is kept."""
        last = self.begin
        for found in _ANY_TAG.finditer(whole, self.begin, self.end):
            _blank(kept, last, found.start())
            last = found.end()
        _blank(kept, last, self.end)

    def number(self, whole: str) -> int:
        """Return where in the text its first number begins, or what it shows."""
        last = self.begin
        for found in _ANY_TAG.finditer(whole, self.begin, self.end):
            if number := _NUMBER.search(whole, last, found.start()):
                return number.start()
            last = found.end()
        if number := _NUMBER.search(whole, last, self.end):
            return number.start()
        shown = re.compile(r"(?:<[^<>]*>|\s)*").match(whole, self.begin, self.end)
        return shown.end() if shown else self.begin


def _apart(tag: re.Match[str]) -> str:
    return _BETWEEN if tag[0][1:3].lower() in ("br", "p>", "/p", "di", "li") else ""


def _blank(kept: list[str], begin: int, end: int) -> None:
    for at in range(begin, end):
        if kept[at] != "\n":
            kept[at] = " "


@dataclass(slots=True)
class _Table:
    """A table while it is read: its cells by row from 1 and column from 0."""

    cells: dict[tuple[int, int], _Cell] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    # Down to which row a cell of a column above reaches.
    taken: dict[int, int] = field(default_factory=dict)
    open: tuple[int, int, int] | None = None
    arranges: bool = False

    def begin_row(self) -> None:
        """Begin a row."""
        self.row, self.column = self.row + 1, 0

    def begin_cell(self, at: int, attributes: str) -> None:
        """Begin a cell, whose content begins at a place."""
        self.row = self.row or 1
        while self.taken.get(self.column, 0) >= self.row:
            self.column += 1
        spans = {found[1].lower(): max(1, int(found[2])) for found in _SPAN.finditer(attributes)}
        self.open = at, spans.get("col", 1), spans.get("row", 1)

    def end_cell(self, at: int) -> None:
        """End the cell that is open, if one is."""
        if self.open is None:
            return
        begin, wide, high = self.open
        self.cells[self.row, self.column] = _Cell(begin, at)
        for column in range(self.column, self.column + wide):
            self.taken[column] = self.row + high - 1
        self.column, self.open = self.column + wide, None


def _tables(text: str) -> Iterator[_Table]:
    """Yield the tables that hold no other ones; end tags of rows and cells may be missing, as browsers allow."""
    nest: list[_Table] = []
    for found in _TAG.finditer(text):
        ends, name = bool(found[1]), found[2].lower()
        if name == "table" and not ends:
            if nest:
                nest[-1].arranges = True
            nest.append(_Table())
        elif nest:
            table = nest[-1]
            table.end_cell(found.start())
            if name == "table":
                nest.pop()
                if not table.arranges:
                    yield table
            elif name == "tr" and not ends:
                table.begin_row()
            elif name != "tr" and not ends:
                table.begin_cell(found.end(), found[3])
    # A text that was cut off may have left a table open.
    yield from (table for table in nest if not table.arranges)
