"""Office files that few programs write: binary workbooks, and OpenDocument with names of other programs."""

import struct
from pathlib import Path

import pytest

from mynumber.scanner.finds import Find, Location, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.scan import scan
from tests.scanner.test_files import archive

NUMBER = "123456789018"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


def record(kind: int, content: bytes = b"") -> bytes:
    """Return a record of a binary workbook: MS-XLSB section 2.1.4."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(content)
    return head + (bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])) + content


def string(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def binary_workbook(rows: list[list[str | float]]) -> bytes:
    cells = b""
    for at, row in enumerate(rows):
        cells += record(0, struct.pack("<IIHBBBI", at, 0, 300, 0, 0, 0, 0))
        for column, value in enumerate(row):
            begin = struct.pack("<II", column, 0)
            text = isinstance(value, str)
            cells += record(6 if text else 5, begin + (string(value) if text else struct.pack("<d", value)))  # type: ignore[arg-type]
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = record(129) + record(148, size) + record(145) + cells + record(146) + record(130)
    bundle = record(156, struct.pack("<II", 0, 1) + string("rId1") + string("名簿"))
    relation = f'<Relationship Id="rId1" Type="{_SHEET}" Target="worksheets/sheet1.bin"/>'
    return archive(
        {
            "xl/workbook.bin": record(131) + record(143) + bundle + record(144) + record(132),
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{_RELATIONS}">{relation}</Relationships>',
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def results(folder: Path, content: bytes) -> list[Find | Unread]:
    (folder / "a.bin").write_bytes(content)
    return list(scan([str(folder / "a.bin")]))


@pytest.mark.parametrize("value", [NUMBER, float(NUMBER), f"{NUMBER[:4]}-{NUMBER[4:8]}-{NUMBER[8:]}"])
def test_a_binary_workbook_is_read_by_its_cells(tmp_path: Path, value: str | float) -> None:
    (find,) = results(tmp_path, binary_workbook([["氏名", "個人番号"], ["佐藤", value]]))
    assert isinstance(find, Find)
    assert (find.digits, find.confidence, find.location) == (
        NUMBER,
        Confidence.LIKELY,
        Location(sheet="名簿", cell="B2"),
    )


def test_a_binary_workbook_that_is_broken_is_told(tmp_path: Path) -> None:
    (unread,) = results(tmp_path, archive({"xl/workbook.bin": b"\x9c\x01\xff\xff", "xl/worksheets/sheet1.bin": b"x"}))
    assert isinstance(unread, Unread)


@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.oasis.opendocument.text",
        "application/vnd.sun.xml.writer",
        "application/vnd.oasis.opendocument.x",
    ],
)
@pytest.mark.parametrize(
    "space", ["urn:oasis:names:tc:opendocument:xmlns:text:1.0", "http://openoffice.org/2000/text", "x"]
)
def test_opendocument_whatever_its_names_are(tmp_path: Path, kind: str, space: str) -> None:
    content = (
        f'<o:body xmlns:o="o" xmlns:t="{space}"><t:p>個人番号 <t:span>{NUMBER[:5]}</t:span>{NUMBER[5:]}</t:p></o:body>'
    )
    (find,) = results(tmp_path, archive({"mimetype": kind, "content.xml": content}))
    assert isinstance(find, Find)
    assert (find.digits, find.confidence) == (NUMBER, Confidence.LIKELY)
