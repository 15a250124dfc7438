"""The XML in Office files; promises that it is read piece by piece, and that nothing in it expands."""

from collections.abc import Iterator
from xml.etree import ElementTree
from zipfile import ZipFile

from mynumber.scanner.reading.limits import Budget
from mynumber.scanner.reading.parts import CannotRead

_CHUNK = 1 << 16


def elements(archive: ZipFile, name: str, budget: Budget) -> Iterator[ElementTree.Element]:
    """Yield each element of a member when it has ended."""
    return (element for event, element in events(archive, name, budget) if event == "end")


def events(archive: ZipFile, name: str, budget: Budget) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield the parse events of a member; a document type is refused: no Office file has one, and it may expand."""
    budget.take(archive.getinfo(name).file_size)
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(("start", "end"))
    with archive.open(name) as member:
        piece = member.read(_CHUNK)
        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
            raise CannotRead("XML with a document type")
        try:
            while piece:
                parser.feed(piece)
                yield from parser.read_events()  # type: ignore[misc]
                piece = member.read(_CHUNK)
        except ElementTree.ParseError as problem:
            raise CannotRead("broken XML") from problem


def has(archive: ZipFile, name: str) -> bool:
    """Whether an archive has a member of this name."""
    return name in archive.NameToInfo


def tag(element: ElementTree.Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def attribute(element: ElementTree.Element, name: str) -> str:
    """Return an attribute whatever its namespace, or nothing."""
    return next((value for key, value in element.attrib.items() if key.rsplit("}", 1)[-1] == name), "")


def text_of(element: ElementTree.Element) -> str:
    """Return the text of a paragraph or comment in one line."""
    # In OOXML text stands in runs; in OpenDocument, whatever the name of its namespace, in paragraphs.
    pieces = _runs(element) if any(tag(part) in _RUNS for part in element.iter()) else _flowing(element)
    return "".join(pieces).replace("\n", " ")


_RUNS = frozenset({"t", "delText", "instrText"})
_BREAKS = frozenset({"tab", "br", "cr", "s", "line-break"})


def _runs(element: ElementTree.Element) -> Iterator[str]:
    for part in element.iter():
        if tag(part) in _RUNS:
            yield part.text or ""
        elif tag(part) in _BREAKS:
            yield " "


def _flowing(element: ElementTree.Element) -> Iterator[str]:
    yield element.text or ""
    for part in element:
        if tag(part) in _BREAKS:
            yield " "
        yield from _flowing(part)
        # An address is no part of what stands before and after it.
        yield f" {attribute(part, 'href')} " if tag(part) == "a" else ""
        yield part.tail or ""
