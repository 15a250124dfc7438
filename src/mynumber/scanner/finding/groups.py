"""Which tokens belong together: a column of a delimited text, or the template of bytes to their left.

A group is what a token is judged in: of n distinct tokens in it, k have the right check digit. In running text the
template is the nearest word to the left with what stands between, digits masked, so that `order=` and `個人番号：` are
groups wherever they occur, and a line that begins with a token is in the group of such lines.
"""

import numpy as np

from mynumber.scanner.finding.marks import Marks, Places
from mynumber.scanner.finding.ranks import Ranks
from mynumber.scanner.finding.templates import GROUP_BITS, LONGEST, Keys, Templates

_COLUMN = np.uint64(0xD1342543DE82EF95)
_REST = np.uint64(64 - GROUP_BITS)


class Table:
    """Where the cells of a block begin, and their columns; `quoted` says that it begins in the middle of quotes."""

    def __init__(self, marks: Marks, delimiter: int, *, quoted: bool) -> None:
        text = marks.text
        ends = text == delimiter
        ends |= text == ord("\n")
        end = np.flatnonzero(ends)
        if len(end) and b'"' in marks.raw:
            # Whether the number of quotes from each end up to the next one is odd, and so of all before it.
            quotes = np.bitwise_xor.reduceat((text == ord('"')).view(np.uint8), np.concatenate(([0], end)))
            inside = np.bitwise_xor.accumulate(quotes)[:-1] != int(quoted)
            ends[end[inside]] = False
            end = np.flatnonzero(ends)
        self._ends = Ranks(ends)
        self._begins = np.concatenate((np.zeros(1, np.int64), end + 1))
        first = np.arange(len(self._begins))
        first[1:][text[end] == delimiter] = 0
        self._columns = np.arange(len(self._begins)) - np.maximum.accumulate(first)

    def cells(self, start: Places) -> tuple[Places, Places]:
        """Return for each token how many bytes stand before it in its cell, and the column of it from 0."""
        cell = self._ends.before(start)
        return start - self._begins[cell], self._columns[cell]


def column_keys(templates: Templates, marks: Marks, start: Places, cells: tuple[Places, Places]) -> Keys:
    """Return for each token a key of its column and of what stands before it in its cell."""
    before, column = cells
    keys = templates.keys(marks, start, np.minimum(before, LONGEST))
    return keys ^ (column.astype(np.uint64) * _COLUMN << _REST)
