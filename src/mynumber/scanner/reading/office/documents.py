"""Text documents, slides and OpenDocument sheets: promises every paragraph, and every table by its columns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZipFile

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Location
from mynumber.scanner.reading.blocks import blocks_of
from mynumber.scanner.reading.limits import Budget
from mynumber.scanner.reading.office.tables import Place, cell, columns
from mynumber.scanner.reading.office.workbooks import at, whole
from mynumber.scanner.reading.office.xml import attribute, elements, events, tag, text_of
from mynumber.scanner.reading.parts import Part

_PARAGRAPHS = frozenset({"p", "h", "comment", "lvl"})
_TABLES = frozenset({"tbl", "table"})
_ROWS = frozenset({"tr", "table-row"})
_CELLS = frozenset({"tc", "table-cell", "covered-table-cell"})
# Two texts in one cell may not become one chain of digits.
_BETWEEN = "\x0b"
_FLOATS = frozenset({"float", "currency", "percentage"})


def parts_of(path: str, archive: ZipFile, name: str, budget: Budget) -> Iterator[Part]:
    """Yield the tables of a member, and the paragraphs outside of them."""
    paragraphs: list[str] = []
    tables = 0
    table: _Table | None = None
    for event, element in events(archive, name, budget):
        kind = tag(element)
        if kind in _TABLES and event == "start":
            table = _Table(attribute(element, "name")) if table is None else table.deeper()
        elif kind in _TABLES and table is not None:
            table.depth -= 1
            if not table.depth:
                tables += 1
                yield from columns(path, table.cells, _place(name, tables, table))
                table = None
        elif kind in _PARAGRAPHS and event == "end":
            (paragraphs if table is None else table.texts).append(text_of(element))
            element.clear()
        elif table is not None:
            table.take(event, kind, element)
    yield _lines(path, name, paragraphs)


def links(path: str, archive: ZipFile, name: str, budget: Budget) -> Part:
    """Return the addresses outside of the file to which a part of it leads."""
    targets = [one.get("Target", "") for one in elements(archive, name, budget) if one.get("TargetMode") == "External"]
    return _lines(path, name, [unquote(target) for target in targets])


def leaves(path: str, archive: ZipFile, name: str, budget: Budget) -> Part:
    """Return what the properties of a file say."""
    return _lines(path, name, [one.text or "" for one in elements(archive, name, budget) if not len(one)])


@dataclass(slots=True)
class _Table:
    """A table while it is read; what stands in a table inside of a cell belongs to the cell."""

    sheet: str
    depth: int = 1
    row: int = 0
    column: int = 0
    span: int = 1
    rows: int = 1
    texts: list[str] = field(default_factory=list)
    cells: dict[tuple[int, int], str] = field(default_factory=dict)

    def deeper(self) -> "_Table":
        """Go into a table inside of a cell."""
        self.depth += 1
        return self

    def take(self, event: str, kind: str, element: ElementTree.Element) -> None:
        """Take what is no paragraph."""
        if self.depth > 1:
            return
        if kind in _ROWS and event == "start":
            self.row, self.column = self.row + 1, 0
            self.rows = _count(attribute(element, "number-rows-repeated"))
        elif kind in _ROWS:
            self.row += self.rows - 1
        elif kind == "gridSpan" and event == "end":
            self.span = _count(attribute(element, "val"))
        elif kind in _CELLS and event == "end":
            self._end_cell(element)

    def _end_cell(self, element: ElementTree.Element) -> None:
        text = _BETWEEN.join(self.texts)
        if attribute(element, "value-type") in _FLOATS:
            # What a cell shows may be rounded.
            text = whole(attribute(element, "value"))
        if text:
            self.cells[self.row, self.column] = text
        self.column += self.span * _count(attribute(element, "number-columns-repeated"))
        self.span, self.texts = 1, []
        element.clear()


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 1


def _place(name: str, number: int, table: _Table) -> Place:
    if table.sheet and name == "content.xml":
        return at(table.sheet)
    return lambda row, column: Location(key=f"{name}, table {number}, {cell(row, column)}")


def _lines(path: str, name: str, lines: list[str]) -> Part:
    blocks = blocks_of(BytesIO(folded("\n".join(one.replace("\n", " ") for one in lines))), "utf-8")
    return Part(path, blocks, lambda line, _column: Location(key=f"{name}, paragraph {line}"))
