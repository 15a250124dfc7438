"""Which Office file an archive is, and what in it is read how."""

import re
from collections.abc import Iterator
from zipfile import ZipFile

from mynumber.scanner.finds import Unread
from mynumber.scanner.reading.limits import Budget
from mynumber.scanner.reading.office import documents, workbooks
from mynumber.scanner.reading.parts import Part

_OPEN = b"application/vnd.oasis.opendocument", b"application/vnd.sun.xml."
# A workbook whose parts are no XML.
BINARY = "binary sheets"
_KINDS = {
    "xl/workbook.xml": "sheets",
    "word/document.xml": "text",
    "ppt/presentation.xml": "text",
    "xl/workbook.bin": BINARY,
}
_EMBEDDED = re.compile(r"(?:word|xl|ppt)/embeddings/|Pictures/|Object [0-9]+/")
_TEXTS = re.compile(r"(?:word|xl|ppt)/.*\.xml|content\.xml|styles\.xml")
_LEAVES = re.compile(r"docProps/.*\.xml|meta\.xml")
_LINKS = re.compile(r".*_rels/[^/]*\.rels")
_SHEETS = re.compile(r"xl/(?:workbook|worksheets/[^/]+|sharedStrings|styles|theme/.*)\.xml")


def kind_of(archive: ZipFile) -> str:
    """Return what an archive is: sheets, text, open for OpenDocument, or BINARY; nothing if it is no Office file."""
    names = set(archive.namelist())
    if found := [kind for name, kind in _KINDS.items() if name in names]:
        return found[0]
    if {"mimetype", "content.xml"} <= names and archive.read("mimetype").startswith(_OPEN):
        return "open"
    return ""


def is_embedded(name: str) -> bool:
    """Whether a member of an Office file is a file of its own."""
    return bool(_EMBEDDED.match(name))


def parts_of(path: str, archive: ZipFile, kind: str, budget: Budget) -> Iterator[Part | Unread]:
    """Yield the parts of an Office file."""
    if kind == "sheets":
        yield from workbooks.parts_of(path, archive, budget)
    for name in archive.namelist():
        if _LINKS.fullmatch(name):
            yield documents.links(path, archive, name, budget)
        elif _LEAVES.fullmatch(name):
            yield documents.leaves(path, archive, name, budget)
        elif _TEXTS.fullmatch(name) and not _SHEETS.fullmatch(name):
            yield from documents.parts_of(path, archive, name, budget)
