"""Which label stands above a token in a table that is part of running text: in Markdown, in reports, in SQL, on a page.

Promises that a line of labels speaks for the lines below it up to an empty one, for each column by the signs between
columns, by its place on the line, or by the number of words; and that tokens of other columns get no label from it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mynumber.scanner.finding.marks import Marks, Places
from mynumber.scanner.finding.tokens import Tokens
from mynumber.scanner.labels import Label, nearest

_SIGNS = "|\t;,"
_LONGEST = 2000
_MOST = 500
_NEXT = 3
_NEAR = 80
_CRLF = 2
_DIGITS = 4
_DIGIT = re.compile("[0-9]")
_APART = re.compile(r"\S+(?: \S+)*")
_ROWS = re.compile(r"\bvalues\b", re.I)
_COPY = re.compile(r"\bfrom stdin\b", re.I)
_WIDE = frozenset("WF")
_NAME = rb"[`\"\[]?(?:\w+[`\"\]]?\.[`\"\[]?)?([\w\x80-\xff]+)[`\"\]]?"
_CREATED = re.compile(rb"CREATE TABLE (?:IF NOT EXISTS )?" + _NAME + rb"\s*\(")
_INSERTED = re.compile(rb"INSERT INTO " + _NAME + rb"\s+VALUES")


@dataclass(frozen=True, slots=True)
class _Header:
    """A line of labels: how many columns, which of them are My Numbers, and where each stands on the line.

    `sign` parts the columns; `in_brackets` says that rows stand in brackets, as those of SQL do.
    """

    sign: str
    count: int
    labels: Mapping[int, Label]
    spans: Sequence[tuple[int, int]]
    in_brackets: bool

    def column(self, before: str, token: str, after: str) -> int | None:
        """Return the column of a token with this before and behind it on its line, if the line is a row."""
        if self.in_brackets:
            row = before.rpartition("(")[2]
            return row.count(self.sign if self.sign in before + after else "\t")
        if self.sign:
            return before.count(self.sign) if (before + after).count(self.sign) == self.count - 1 else None
        if self.spans:
            # Digits that were of full width have become narrow: places are asked last.
            apart = len(_APART.findall(before))
            if apart + 1 + len(_APART.findall(after)) == self.count:
                return apart
            begin = _width(before)
            end = begin + _width(token)
            over = [at for at, (first, last) in enumerate(self.spans) if begin < last and first < end]
            return over[0] if len(over) == 1 else None
        words = len(before.split())
        return words if words + 1 + len(after.split()) == self.count else None


class Above:
    """The line of labels that speaks for the lines of one text, block by block."""

    def __init__(self) -> None:
        self._header: _Header | None = None
        self._line = 0
        # The columns of tables of SQL that are My Numbers, by the name of the table.
        self._created: dict[str, dict[int, Label]] = {}

    def of(self, marks: Marks, line: int, ends: Places, tokens: Tokens) -> dict[int, Label | None]:
        """Return the labels of tokens below a line of labels; None for those of its other columns.

        The block begins with a line of this number, and has something that may be a label at these ends.
        """
        kept = self._header if line <= self._line else None
        self._line = line + len(marks.lines) - 1
        if kept is None and not len(ends) and not self._created:
            self._header = None
            return {}
        headers = {0: kept} if kept else {}
        self._create(marks, ends)
        headers |= self._inserted(marks)
        for row in _near(marks, ends, tokens).tolist():
            line_of_labels = _line(marks, row)
            if _may_be(line_of_labels) and (header := _header(line_of_labels.decode("utf-8", "ignore"))):
                headers[row] = header
        self._header = None
        if not headers:
            return {}
        return self._below(marks, headers, tokens)

    def _create(self, marks: Marks, ends: Places) -> None:
        """Take note of the columns of tables that are made, one a line."""
        # Programs that write dumps write so; a search that takes small letters too would cost more than all of this.
        if not len(ends) or b"CREATE TABLE" not in marks.raw:
            return
        made = list(_CREATED.finditer(marks.raw))
        for end in ends.tolist()[:_MOST]:
            table = next((one for one in reversed(made) if one.end() < end), None)
            if table is None or b";" in (between := marks.raw[table.end() : end]):
                continue
            at = between.count(b"\n") - 1
            begin = marks.raw.rfind(b"\n", 0, end) + 1
            label = nearest(marks.raw[begin : marks.raw.find(b" ", end)].decode("utf-8", "ignore"))
            if at >= 0 and label is not None and label.my_number and len(self._created) < _MOST:
                self._created.setdefault(table[1].decode("utf-8", "ignore").lower(), {})[at] = label

    def _inserted(self, marks: Marks) -> dict[int, _Header]:
        """Return the lines from which on rows of such tables stand."""
        found = {}
        for one in _INSERTED.finditer(marks.raw) if self._created else ():
            if labels := self._created.get(one[1].decode("utf-8", "ignore").lower()):
                row = int(marks.line_of(np.array([one.start()]))[0])
                found[row] = _Header(",", 0, labels, (), True)
        return found

    def _below(self, marks: Marks, headers: dict[int, _Header], tokens: Tokens) -> dict[int, Label | None]:
        found: dict[int, Label | None] = {}
        length = np.diff(marks.lines, append=len(marks.text))
        ends_so = marks.text[np.minimum(marks.lines, len(marks.text) - 1)] == ord("\r")
        blank = np.flatnonzero((length <= 1) | ((length == _CRLF) & ends_so))
        rows = marks.line_of(tokens.start)
        begins = sorted(headers)
        for number, begin in enumerate(begins):
            following = begins[number + 1] if number + 1 < len(begins) else len(marks.lines)
            empty = int(np.searchsorted(blank, begin, "right"))
            end = min(following, int(blank[empty]) if empty < len(blank) else len(marks.lines))
            if end == len(marks.lines):
                self._header = headers[begin]
            for at in np.flatnonzero((rows >= begin) & (rows < end)).tolist():
                before, token, after = _around(marks, tokens, at)
                column = headers[begin].column(before, token, after)
                if column is not None and nearest(before[-_NEAR:]) is None:
                    found[at] = headers[begin].labels.get(column)
        return found


def _near(marks: Marks, ends: Places, tokens: Tokens) -> Places:
    """Return the lines with labels that stand next above tokens, or on their lines, and the last one of the block."""
    rows = np.unique(marks.line_of(ends - 1))
    last = np.searchsorted(rows, marks.line_of(tokens.start), "right") - 1
    nearest_ones = [last - step for step in range(_NEXT) if len(rows)]
    found: Places = np.unique(np.concatenate((rows[-1:], *(rows[at[at >= 0]] for at in nearest_ones))))
    return found


def _around(marks: Marks, tokens: Tokens, at: int) -> tuple[str, str, str]:
    """Return what stands before a token on its line, the token, and what stands behind it."""
    start, end = int(tokens.start[at]), int(tokens.end[at])
    first = int(marks.lines[marks.line_of(tokens.start[at : at + 1])[0]])
    last = marks.raw.find(b"\n", end)
    last = min(last if last >= 0 else len(marks.raw), end + _LONGEST)
    pieces = marks.raw[max(first, start - _LONGEST) : start], marks.raw[start:end], marks.raw[end:last]
    before, token, after = (one.decode("utf-8", "ignore") for one in pieces)
    return before, token, after


def _line(marks: Marks, row: int) -> bytes:
    begin = int(marks.lines[row])
    end = marks.raw.find(b"\n", begin)
    return marks.raw[begin : min(end if end >= 0 else len(marks.raw), begin + _LONGEST)]


def _may_be(line: bytes) -> bool:
    """Whether a line has few digits, or is one of SQL, where rows may follow."""
    few = len(line) - len(line.translate(None, b"0123456789")) < _DIGITS
    return few or b"values" in line.lower() or b"from stdin" in line.lower()


def _header(line: str) -> _Header | None:
    """Return what a line says of the columns below it, if it is nothing but labels."""
    said, *rows = _ROWS.split(line, maxsplit=1) if _ROWS.search(line) else _COPY.split(line, maxsplit=1)
    if not rows and len(_DIGIT.findall(said)) >= _DIGITS:
        return None
    columns, spans = _columns(said.rpartition("(")[2] if rows else said)
    sign = next((one for one in _SIGNS if one in said), "")
    # What opens a bracket in one column and closes it in another is a line of a program.
    if len(columns) == 1 or (not rows and any(_unbalanced(one) for one in columns)):
        return None
    labels = {at: nearest(one) for at, one in enumerate(columns)}
    meant = {at: label for at, label in labels.items() if label is not None and label.my_number}
    return _Header(sign, len(columns), meant, spans, bool(rows)) if meant else None


def _columns(said: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the columns of a line, and where each stands if blanks put them in their place."""
    if sign := next((one for one in _SIGNS if one in said), ""):
        return said.split(sign), []
    apart = list(_APART.finditer(said))
    if len(apart) > 1:
        return [one[0] for one in apart], [(_width(said[: one.start()]), _width(said[: one.end()])) for one in apart]
    return said.split(), []


def _unbalanced(column: str) -> bool:
    return any(column.count(opened) != column.count(closed) for opened, closed in ("()", "[]", "{}"))


def _width(text: str) -> int:
    """Return how many columns of a screen a text takes."""
    return sum(1 + (unicodedata.east_asian_width(one) in _WIDE) for one in text)
