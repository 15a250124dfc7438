"""Workbooks of OOXML: promises the cells of all sheets, and what stands in names, headers, footers and formulas."""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Location
from mynumber.scanner.reading.blocks import blocks_of
from mynumber.scanner.reading.limits import Budget
from mynumber.scanner.reading.office.tables import Place, cell, columns
from mynumber.scanner.reading.office.xml import attribute, elements, has, tag, text_of
from mynumber.scanner.reading.parts import Part

_STRINGS = "xl/sharedStrings.xml"
_BOOK = "xl/workbook.xml"
_CELLS = 50_000
_BESIDE = re.compile("(?:odd|even|first)(?:Header|Footer)")
_WHOLE = re.compile("([0-9]+)[.]0+")


def parts_of(path: str, archive: ZipFile, budget: Budget) -> Iterator[Part]:
    """Yield the columns of all sheets, and the texts beside them."""
    shared = [text_of(one) for one in _ended(archive, _STRINGS, budget, "si")] if has(archive, _STRINGS) else []
    names = [one.text or "" for one in _ended(archive, _BOOK, budget, "definedName")]
    yield _texts(path, _BOOK, names)
    for sheet, member in _sheets(archive, budget).items():
        beside: list[str] = []
        headers: dict[int, str] = {}
        cells: dict[tuple[int, int], str] = {}
        last = 0
        for row, column, text in _cells(elements(archive, member, budget), shared, beside):
            # A row is not torn: a cell may say what the next one is.
            if row != last and len(cells) >= _CELLS:
                yield from columns(path, cells, at(sheet), headers)
                cells = {}
            cells[row, column], last = text, row
        yield from columns(path, cells, at(sheet), headers)
        yield _texts(path, member, beside)


def at(sheet: str) -> Place:
    """Return how a cell of a sheet is told."""
    return lambda row, column: Location(sheet=sheet, cell=cell(row, column))


def whole(text: str) -> str:
    """Return a number without the point that a program wrote after it."""
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def _texts(path: str, name: str, texts: list[str]) -> Part:
    blocks = blocks_of(BytesIO(folded("\n".join(one.replace("\n", " ") for one in texts))), "utf-8")
    return Part(path, blocks, lambda line, _column: Location(key=f"{name}, paragraph {line}"))


def _ended(archive: ZipFile, name: str, budget: Budget, kind: str) -> Iterator[ElementTree.Element]:
    return (element for element in elements(archive, name, budget) if tag(element) == kind)


def _sheets(archive: ZipFile, budget: Budget) -> Mapping[str, str]:
    """Return the member of each sheet by its name."""
    relations = _ended(archive, "xl/_rels/workbook.xml.rels", budget, "Relationship")
    targets = {element.get("Id", ""): element.get("Target", "") for element in relations}
    found: dict[str, str] = {}
    for element in _ended(archive, _BOOK, budget, "sheet"):
        target = targets.get(attribute(element, "id"), "")
        found[element.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return {name: member for name, member in found.items() if has(archive, member)}


def _cells(
    sheet: Iterator[ElementTree.Element], shared: list[str], beside: list[str]
) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and text of each cell; what stands in no cell is added to `beside`."""
    row = 0
    for element in sheet:
        if _BESIDE.fullmatch(tag(element)):
            beside.append(element.text or "")
        if tag(element) != "c":
            continue
        place = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", element.get("r", ""))
        row = int(place[2]) if place else row + 1
        yield row, _number(place[1]) if place else 0, _value(element, shared)
        element.clear()


def _value(element: ElementTree.Element, shared: list[str]) -> str:
    value = "".join(part.text or "" for part in element.iter() if tag(part) in ("v", "t"))
    if element.get("t") == "s":
        return shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""
    # A formula that nobody has computed yet holds what it will show.
    return whole(value) or "".join(part.text or "" for part in element.iter() if tag(part) == "f")


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
