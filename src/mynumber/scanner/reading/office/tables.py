"""A table of any Office file as columns; promises each number with what its header or the cell to its left says it is.

A number that stands in three cells of four digits, or in twelve of one, is one number, at the first of them.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TypeAlias

from mynumber.scanner.finds import Location
from mynumber.scanner.labels import nearest
from mynumber.scanner.reading.cells import column_part
from mynumber.scanner.reading.parts import Part

# By row from 1 and column from 0.
Cells: TypeAlias = Mapping[tuple[int, int], str]
Rows: TypeAlias = list[tuple[int, str]]
Place: TypeAlias = Callable[[int, int], Location]

_FOUR, _PARTS, _TWELVE = 4, 3, 12
_NUMBER = 9


def columns(path: str, cells: Cells, place: Place, headers: dict[int, str] | None = None) -> Iterator[Part]:
    """Yield the columns of a table, and those whose cells are parts of numbers joined.

    `headers` are those of an earlier stretch of the same table; those of this one are added.
    """
    cells = {at: text for at, text in cells.items() if text.strip()}
    by_column: dict[int, Rows] = {}
    for (row, column), text in sorted(cells.items()):
        by_column.setdefault(column, []).append((row, text))
    said = {} if headers is None else headers
    for column, rows in by_column.items():
        said[column] = said.get(column) or _header(rows)
    for column, rows in chain(by_column.items(), _joined(cells, said).items()):
        if nearest(said[column]) is None:
            rows = list(_labelled(rows, column, cells))  # noqa: PLW2901
        yield column_part(path, said[column], rows, _in_column(place, column))


def _in_column(place: Place, column: int) -> Callable[[int], Location]:
    return lambda row: place(row, column)


def cell(row: int, column: int) -> str:
    """Return the name of a cell."""
    letters, rest = "", column + 1
    while rest:
        rest, last = divmod(rest - 1, 26)
        letters = chr(ord("A") + last) + letters
    return f"{letters}{row}"


def _header(rows: Rows) -> str:
    """Return the first text in a column; a cell with a number is no header, whatever it says beside it."""
    return next((text for _, text in rows if sum(map(str.isdigit, text)) < _FOUR), "")


def _labelled(rows: Rows, column: int, cells: Cells) -> Iterator[tuple[int, str]]:
    """Yield the cells of a column, each number after what the nearest cell to its left says that it is."""
    for row, text in rows:
        if sum(map(str.isdigit, text)) >= _NUMBER:
            left = next((cells[row, at] for at in range(column - 1, -1, -1) if (row, at) in cells), "")
            if nearest(left) is not None:
                yield row, left
        yield row, text


def _joined(cells: Cells, headers: Mapping[int, str]) -> Mapping[int, Rows]:
    """Return the numbers that stand in several cells, by the column of the first."""
    found: dict[int, Rows] = {}
    short: dict[int, Rows] = {}
    parts = {at: text for at, text in cells.items() if len(text) <= _FOUR and text.isdigit()}
    for (row, column), text in sorted(parts.items()):
        three = [text, parts.get((row, column + 1), ""), parts.get((row, column + 2), "")]
        if not three[1] or not three[2]:
            continue
        lengths = {len(parts.get((row, column + step), "")) for step in (-1, _PARTS)}
        if max(map(len, three)) == _FOUR and _FOUR not in lengths:
            group = found if min(map(len, three)) == _FOUR else short
            group.setdefault(column, []).append((row, "".join(part.zfill(_FOUR) for part in three)))
        elif max(map(len, three)) == 1 and (digits := _in_twelve(parts, row, column, headers.get(column, ""))):
            found.setdefault(column, []).append((row, digits))
    for column, rows in short.items():
        # A sheet takes the zeros at the front of a part too; most parts have none.
        if len(found.get(column, ())) >= len(rows):
            found[column] = sorted(found[column] + rows)
    return found


def _in_twelve(parts: Cells, row: int, column: int, header: str) -> str:
    """Return the digits of twelve cells that hold one each, if no cell beside them does, or a header begins there."""
    digits = [parts.get((row, column + step), "") for step in range(_TWELVE)]
    if any(len(digit) != 1 for digit in digits):
        return ""
    beside = [len(parts.get((row, column + step), "")) == 1 for step in (-1, _TWELVE)]
    label = nearest(header)
    return "".join(digits) if not any(beside) or (label is not None and label.my_number) else ""
