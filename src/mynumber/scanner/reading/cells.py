"""Columns of spreadsheets and databases as text: one cell a line, so that they are searched like everything else."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Location
from mynumber.scanner.reading.blocks import SIZE, Block
from mynumber.scanner.reading.parts import Part


def column_part(path: str, header: str, cells: Iterable[tuple[int, str]], place: Callable[[int], Location]) -> Part:
    """Return the part of a column; `cells` are its rows and their texts, `place` says where a row stands."""
    rows = _Rows()
    return Part(path, _blocks(cells, rows), lambda line, _column: place(rows.of(line)), header)


class _Rows:
    """Which row each line is; of rows that follow one another only the first is kept."""

    def __init__(self) -> None:
        self.lines = 0
        self._last = -1
        self._begins, self._firsts = array("q"), array("q")

    def add(self, row: int) -> None:
        """Take the row of the next line."""
        self.lines += 1
        if not self._begins or row != self._last + 1:
            self._begins.append(self.lines)
            self._firsts.append(row)
        self._last = row

    def of(self, line: int) -> int:
        """Return the row of a line."""
        at = bisect_right(self._begins, line) - 1
        return self._firsts[at] + line - self._begins[at]


def _blocks(cells: Iterable[tuple[int, str]], rows: _Rows) -> Iterator[Block]:
    lines: list[str] = []
    first, size = 1, 0
    for row, text in cells:
        rows.add(row)
        # Two values in one cell may not become one chain of digits.
        lines.append(text.replace("\n", "\x0b"))
        size += len(text) + 1
        if size >= SIZE:
            yield Block(folded("\n".join((*lines, ""))), first, 1, 0)
            first, lines, size = rows.lines + 1, [], 0
    if lines:
        yield Block(folded("\n".join((*lines, ""))), first, 1, 0)
