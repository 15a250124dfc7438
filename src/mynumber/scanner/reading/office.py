"""Office files: promises the cells of every sheet, hidden ones too, and all text of documents and slides with notes.

OOXML and OpenDocument are zip archives of XML. The runs of a paragraph are joined with nothing between them, because a
word processor cuts a number where it likes. Older forms are read by an extra library.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Location, Unread
from mynumber.scanner.reading.blocks import blocks_of
from mynumber.scanner.reading.cells import column_part
from mynumber.scanner.reading.limits import Budget
from mynumber.scanner.reading.parts import CannotRead, Part

_KINDS = {"xl/workbook.xml": "sheets", "word/document.xml": "text", "ppt/presentation.xml": "text"}
_EMBEDDED = re.compile(r"(?:word|xl|ppt)/embeddings/|Pictures/|Object [0-9]+/")
_TEXTS = re.compile(r"(?:word|xl|ppt|docProps)/.*\.xml|content\.xml|meta\.xml|styles\.xml")
_SHEETS = re.compile(r"xl/(?:worksheets/[^/]+|sharedStrings|styles|theme/.*)\.xml")
_ROWS = 50_000
_PARAGRAPHS = frozenset({"p", "h", "si", "row", "comment", "lvl"})


def kind_of(archive: ZipFile) -> str:
    """Return what an archive is: sheets, text, or open for OpenDocument; nothing if it is no Office file."""
    names = set(archive.namelist())
    if found := [kind for name, kind in _KINDS.items() if name in names]:
        return found[0]
    if {"mimetype", "content.xml"} <= names and archive.read("mimetype").startswith(
        b"application/vnd.oasis.opendocument"
    ):
        return "open"
    return ""


def is_embedded(name: str) -> bool:
    """Whether a member of an Office file is a file of its own."""
    return bool(_EMBEDDED.match(name))


def parts_of(path: str, archive: ZipFile, kind: str, budget: Budget) -> Iterator[Part | Unread]:
    """Yield the parts of an Office file."""
    if kind == "sheets":
        yield from _sheets(path, archive, budget)
    if kind == "open":
        yield from _open_tables(path, archive, budget)
    for name in archive.namelist():
        if _TEXTS.fullmatch(name) and not _SHEETS.fullmatch(name):
            text = "\n".join(_paragraphs(archive, name, budget))
            yield Part(path, blocks_of(BytesIO(folded(text)), "utf-8"), _inside(name))


def old_pieces_of(path: str, stream: BytesIO) -> Iterator[Part | Unread]:
    """Yield the columns of a workbook in the older form."""
    if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in stream.getvalue():
        yield Unread(path, "encrypted")
        return
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415
    except ImportError:
        yield Unread(path, "an older Office file: install open-mynumber[documents]")
        return
    try:
        workbook = CalamineWorkbook.from_filelike(stream)
        sheets = [(name, workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names]
    except (CalamineError, OSError, ValueError) as problem:
        yield Unread(path, f"an older Office file that is no workbook, or broken ({type(problem).__name__})")
        return
    for name, rows in sheets:
        cells = {(row, column): _shown(cell) for row, line in enumerate(rows, 1) for column, cell in enumerate(line)}
        yield from _columns(path, name, cells)


def _shown(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _sheets(path: str, archive: ZipFile, budget: Budget) -> Iterator[Part]:
    shared = list(_paragraphs(archive, "xl/sharedStrings.xml", budget)) if _has(archive, "xl/sharedStrings.xml") else []
    for sheet, member in _sheet_names(archive, budget).items():
        cells: dict[tuple[int, int], str] = {}
        for row, column, text in _cells(archive, member, shared, budget):
            cells[row, column] = text
            if len(cells) >= _ROWS:
                yield from _columns(path, sheet, cells)
                cells = {}
        yield from _columns(path, sheet, cells)


def _columns(path: str, sheet: str, cells: Mapping[tuple[int, int], str]) -> Iterator[Part]:
    """Yield the columns of a stretch of a sheet; the first text in a column is its header."""
    by_column: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in sorted(cells.items()):
        if text:
            by_column.setdefault(column, []).append((row, text))
    for column, rows in by_column.items():
        header = next((text for _, text in rows if not text.isdigit()), "")
        yield column_part(path, header, rows, _at(sheet, _letters(column)))


def _at(sheet: str, letters: str) -> Callable[[int], Location]:
    return lambda row: Location(sheet=sheet, cell=f"{letters}{row}")


def _inside(name: str) -> Callable[[int, int], Location]:
    return lambda line, _column: Location(key=f"{name}, paragraph {line}")


def _sheet_names(archive: ZipFile, budget: Budget) -> Mapping[str, str]:
    """Return the member of each sheet by its name."""
    targets = {
        element.get("Id", ""): element.get("Target", "")
        for element in _elements(archive, "xl/_rels/workbook.xml.rels", budget)
        if _tag(element) == "Relationship"
    }
    found: dict[str, str] = {}
    for element in _elements(archive, "xl/workbook.xml", budget):
        if _tag(element) == "sheet":
            relation = next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
            target = targets.get(relation, "")
            found[element.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return {name: member for name, member in found.items() if _has(archive, member)}


def _cells(archive: ZipFile, member: str, shared: list[str], budget: Budget) -> Iterator[tuple[int, int, str]]:
    row = 0
    for element in _elements(archive, member, budget):
        if _tag(element) != "c":
            continue
        place = re.fullmatch(r"([A-Z]{1,3})([0-9]{1,7})", element.get("r", ""))
        row = int(place[2]) if place else row + 1
        value = "".join(part.text or "" for part in element.iter() if _tag(part) in ("v", "t"))
        if element.get("t") == "s":
            value = shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""
        yield row, _number(place[1]) if place else 0, value
        element.clear()


def _open_tables(path: str, archive: ZipFile, budget: Budget) -> Iterator[Part]:
    sheet, row, column = "", 0, 0
    cells: dict[tuple[int, int], str] = {}
    for event, element in _events(archive, "content.xml", budget):
        tag = _tag(element)
        if event == "start" and tag == "table":
            sheet, row, cells = next((v for n, v in element.attrib.items() if n.endswith("}name")), ""), 0, {}
        elif event == "start" and tag == "table-row":
            row, column = row + 1, 0
        elif event == "end" and tag in ("table-cell", "covered-table-cell"):
            cells[row, column] = "".join(element.itertext())
            repeated = next((v for n, v in element.attrib.items() if n.endswith("columns-repeated")), "1")
            column += int(repeated) if repeated.isdigit() else 1
            element.clear()
        elif event == "end" and tag == "table":
            yield from _columns(path, sheet, cells)


def _paragraphs(archive: ZipFile, name: str, budget: Budget) -> Iterator[str]:
    """Yield the texts of a member, a paragraph each, runs joined with nothing between."""
    for element in _elements(archive, name, budget):
        if _tag(element) in _PARAGRAPHS:
            text = "".join(part.text or "" for part in element.iter() if _tag(part) in ("t", "p", "h", "span"))
            yield text.replace("\n", " ")
            element.clear()


def _elements(archive: ZipFile, name: str, budget: Budget) -> Iterator[ElementTree.Element]:
    return (element for event, element in _events(archive, name, budget) if event == "end")


def _events(archive: ZipFile, name: str, budget: Budget) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield the parse events of a member; a document type is refused: no Office file has one, and it may expand."""
    budget.take(archive.getinfo(name).file_size)
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(("start", "end"))
    with archive.open(name) as member:
        first = member.read(1 << 16)
        if b"<!DOCTYPE" in first or b"<!ENTITY" in first:
            raise CannotRead("XML with a document type")
        try:
            while first:
                parser.feed(first)
                yield from parser.read_events()  # type: ignore[misc]
                first = member.read(1 << 16)
        except ElementTree.ParseError as problem:
            raise CannotRead("broken XML") from problem


def _has(archive: ZipFile, name: str) -> bool:
    return name in archive.NameToInfo


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _letters(column: int) -> str:
    letters, rest = "", column + 1
    while rest:
        rest, last = divmod(rest - 1, 26)
        letters = chr(ord("A") + last) + letters
    return letters
