"""Columns of spreadsheets and databases as text: one cell a line, so that they are searched like everything else."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Location
from mynumber.scanner.reading.blocks import SIZE, Block
from mynumber.scanner.reading.parts import Part

RowT = TypeVar("RowT")


def column_part(path: str, header: str, cells: Iterable[tuple[RowT, str]], place: Callable[[RowT], Location]) -> Part:
    """Return the part of a column; `cells` are its rows and their texts, `place` says where a row stands."""
    rows: list[RowT] = []
    return Part(path, _blocks(cells, rows), lambda line, _column: place(rows[line - 1]), header)


def _blocks(cells: Iterable[tuple[RowT, str]], rows: list[RowT]) -> Iterator[Block]:
    lines: list[str] = []
    first, size = 1, 0
    for row, text in cells:
        rows.append(row)
        # Two values in one cell may not become one chain of digits.
        lines.append(text.replace("\n", "\x0b"))
        size += len(text) + 1
        if size >= SIZE:
            yield Block(folded("\n".join((*lines, ""))), first, 1, 0)
            first, lines, size = len(rows) + 1, [], 0
    if lines:
        yield Block(folded("\n".join((*lines, ""))), first, 1, 0)
