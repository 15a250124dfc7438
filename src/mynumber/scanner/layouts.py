"""How a text is laid out: running text, columns parted by a delimiter, or one column; and what its header says.

Promises each token its group, and follows quotes from block to block.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from mynumber.scanner.finding.groups import Table, column_keys
from mynumber.scanner.finding.hex_words import without_hex_words
from mynumber.scanner.finding.loose import loose
from mynumber.scanner.finding.marks import Marks, Places, Truths
from mynumber.scanner.finding.repairs import encoded, scientific, shortened
from mynumber.scanner.finding.templates import LONGEST, Keys, Templates
from mynumber.scanner.finding.tokens import Tokens, tokens_of
from mynumber.scanner.labels import Label, names_a_number, nearest
from mynumber.scanner.reading.blocks import Block, count_of

_DELIMITERS = b",\t;| "
_BLANK = ord(" ")
_FEW_WORDS = 5
_LISTED = re.compile(rb"(?:^| )[0-9][0-9 .-]{7,24}(?: |$)")
_SAMPLE_LINES = 40
_SAMPLE = 1 << 16
_STEADY = 0.8
# A byte that no text has: a list with a header is a table of one column, which it parts nowhere.
_NEVER = 1
_NUMBER = re.compile("[0-9]{4}")
_LONG_NUMBER = re.compile("(?:[0-9][ .-]?){9}")
_NUMBERS = re.compile(rb'["\s]*[0-9][0-9 .-]{7,24}["\s]*')


class Layout:
    """The layout of one text, found out from its first block; `header` is that of a column whose cells are lines."""

    def __init__(self, text: bytes, header: str | None, *, quoted: bool = False) -> None:
        self._cells = header is not None
        self._quoted = quoted
        self._delimiter = 0
        self._templates = Templates()
        self._table: tuple[Marks, Table] | None = None
        self._header: Sequence[Label | None] = () if header is None else (nearest(header),)
        if not self._cells:
            self._look(text)
        json = not self._cells and text.lstrip()[:1] in (b"{", b"[")
        # What stands around a value that is a number and nothing else; in other texts any number would be one.
        ends = b"\r\n\t :,[]{}" if json else b'\r\n"'
        self._ends_cell = _among(ends, self._delimiter) if json or self._cells or self._delimiter else None

    def _look(self, text: bytes) -> None:
        lines = text.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES]
        self._delimiter = _delimiter(_unquoted(text).split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
        if not self._delimiter and _one_column(lines):
            self._delimiter = _NEVER
        if self._delimiter and self._delimiter != _BLANK:
            first = _first_row(lines, self._delimiter).decode("utf-8", "replace")
            # A cell with a number is no header, whatever it says beside it, and no row is one that holds a long one.
            cells = [] if _LONG_NUMBER.search(first) else self._cells_of(first)
            self._header = [None if _NUMBER.search(cell) else nearest(cell) for cell in cells]

    def _cells_of(self, first: str) -> list[str]:
        """Return the cells of the first line; none if no reader of such files would take it for one."""
        try:
            return next(csv.reader([first.replace("\r", " ")], delimiter=chr(self._delimiter)), [])
        except csv.Error:
            return []

    def tokens(self, marks: Marks) -> Tokens:
        """Return the tokens of a block, those too that programs have changed."""
        written = without_hex_words(marks, tokens_of(marks, self._delimiter))
        found = written.joined(encoded(marks)).joined(scientific(marks))
        found = found.joined(loose(marks, self._delimiter, lines=not (self._cells or self._delimiter)))
        if self._ends_cell is not None:
            return found.joined(shortened(marks, self._ends_cell))
        return found

    def keys(self, block: Block, marks: Marks, start: Places) -> tuple[Keys, Places | None]:
        """Return the group of each token, and its column if the text has columns."""
        if self._cells:
            # What stands before a number in its cell makes it one of another kind.
            before = np.minimum(start - marks.lines[marks.line_of(start)], LONGEST)
            return self._templates.keys(marks, start, before), np.zeros(len(start), np.int64)
        if not self._delimiter:
            return self._templates.keys(marks, start), None
        # What the block repeats of the one before has changed the state of quotes already.
        if self._table is None or self._table[0] is not marks:
            quoted = self._quoted ^ bool(block.text.count(b'"', 0, block.fresh) % 2)
            self._table = marks, Table(marks, self._delimiter, quoted=quoted)
        cells = self._table[1].cells(start)
        return column_keys(self._templates, marks, start, cells), cells[1]

    def go_past(self, block: Block) -> None:
        """Take note of the quotes of a block, for the next one."""
        if self._delimiter and count_of(b'"', block.text[block.fresh :]) % 2:
            self._quoted = not self._quoted

    @property
    def in_table(self) -> bool:
        """Whether the text is a table, or a column of one."""
        return self._cells or self._delimiter != 0

    @property
    def has_header(self) -> bool:
        """Whether the first row of a delimited text says what some column holds: it speaks for that column alone."""
        return self._delimiter != 0 and any(self._header)

    @property
    def headers(self) -> Sequence[Label | None]:
        """What the header says of each column."""
        return self._header


def _among(letters: bytes, delimiter: int) -> Truths:
    """Return which bytes are among some, or the delimiter."""
    ends = np.zeros(256, np.bool_)
    ends[np.frombuffer(letters, np.uint8)] = True
    ends[delimiter] = True
    return ends


def _delimiter(lines: Sequence[bytes]) -> int:
    """Return the delimiter that most lines have equally often, or 0."""
    filled = [line for line in lines if line.strip()]
    if len(filled) <= 1:
        return 0
    for delimiter in _DELIMITERS:
        times, lines_so = Counter(line.count(delimiter) for line in filled).most_common(1)[0]
        if times and lines_so >= _STEADY * len(filled) and (delimiter != _BLANK or _is_list(filled, times)):
            return delimiter
    return 0


def _is_list(lines: Sequence[bytes], times: int) -> bool:
    """Whether lines of a few words, each with a number that no word calls something, are a list without a header."""
    numbers = [found for line in lines if (found := _LISTED.search(line))]
    if times > _FEW_WORDS or len(numbers) < _STEADY * len(lines) or not _LISTED.search(lines[0]):
        return False
    return not any(names_a_number(found.string[: found.start()].decode("utf-8", "ignore")) for found in numbers)


def _first_row(lines: Sequence[bytes], delimiter: int) -> bytes:
    """Return the first line with as many delimiters as most have: titles may stand above it."""
    times, _ = Counter(line.count(delimiter) for line in lines if line.strip()).most_common(1)[0]
    return next((line for line in lines if line.count(delimiter) == times), lines[0])


def _one_column(lines: Sequence[bytes]) -> bool:
    """Whether the first line is a header, and the others are numbers."""
    numbers = [bool(_NUMBERS.fullmatch(line)) for line in lines if line.strip()]
    return len(numbers) > 1 and not numbers[0] and sum(numbers) >= _STEADY * (len(numbers) - 1)


def _unquoted(text: bytes) -> bytes:
    # What stands in quotes may hold delimiters and the ends of lines.
    return b"".join(text[:_SAMPLE].split(b'"')[::2])
