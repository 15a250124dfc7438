"""Numbers in tables of Office files: over several cells, labelled to the left or above, as floats, beside cells."""

from pathlib import Path

import pytest

from mynumber.scanner.finds import Find
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reading.office import workbooks
from mynumber.scanner.reading.office.tables import cell
from tests.scanner.test_files import archive, document, found, workbook

NUMBER, OTHER, ZERO = "123456789018", "987654321093", "012345678903"
DOCUMENTS = Path(__file__).parent / "documents"
Row = list[str | int | float | None]


def fours(number: str) -> Row:
    return [number[:4], number[4:8], number[8:]]


def sheet(rows: list[Row], after: str = "") -> bytes:
    """Return a workbook: texts as texts, numbers as a spreadsheet stores them."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = []
        for column, value in enumerate(row):
            place = cell(number, column)
            if isinstance(value, str):
                cells.append(f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>')
            elif value is not None:
                cells.append(f'<c r="{place}"><v>{value!r}</v></c>')
        lines.append(f"<row>{''.join(cells)}</row>")
    return workbook("".join(lines) + f"</sheetData>{after}<sheetData>")


def word(rows: list[Row], spans: dict[tuple[int, int], int] | None = None) -> bytes:
    """Return a text document with one table."""
    lines = []
    for number, row in enumerate(rows):
        cells = []
        for column, value in enumerate(row):
            span = (spans or {}).get((number, column))
            properties = f'<w:tcPr><w:gridSpan w:val="{span}"/></w:tcPr>' if span else ""
            cells.append(f"<w:tc>{properties}<w:p><w:r><w:t>{'' if value is None else value}</w:t></w:r></w:p></w:tc>")
        lines.append(f"<w:tr>{''.join(cells)}</w:tr>")
    return document(f"<w:tbl>{''.join(lines)}</w:tbl>")


def open_document(rows: list[Row], kind: str = "spreadsheet") -> bytes:
    lines = []
    for row in rows:
        cells = []
        for value in row:
            if isinstance(value, (int, float)):
                shown = f'o:value-type="float" o:value="{value!r}"'
                cells.append(f"<table:table-cell {shown}><text:p>{value:.2E}</text:p></table:table-cell>")
            else:
                cells.append(f"<table:table-cell><text:p>{value or ''}</text:p></table:table-cell>")
        lines.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("table", "text"))
    table = f'<table:table table:name="表">{"".join(lines)}</table:table>'
    content = f'<o:body xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" {spaces}>{table}</o:body>'
    return archive({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content})


def sure(content: bytes, folder: Path) -> dict[str, str]:
    """Return the sure finds by their place."""
    (folder / "file").write_bytes(content)
    finds, unread = found(folder / "file")
    assert unread == []
    return {where(one): one.digits for one in finds if one.confidence >= Confidence.LIKELY}


def where(find: Find) -> str:
    return find.location.cell or find.location.key.rsplit(", ", 1)[-1]


ROWS: dict[str, tuple[list[Row], dict[str, str]]] = {
    "three texts under a header": (
        [["氏名", "個人番号", None, None], ["山田", *fours(NUMBER)], ["鈴木", *fours(OTHER)]],
        {"B2": NUMBER, "B3": OTHER},
    ),
    "twelve cells under a header": (
        [["番", "個人番号", *[None] * 11], [1, *map(int, NUMBER)], [2, *map(int, OTHER)]],
        {"B2": NUMBER, "B3": OTHER},
    ),
    "twelve cells after a label": ([["個人番号", *NUMBER], ["氏名", "山田"]], {"B1": NUMBER}),
    "three cells after a label": ([["個人番号", *fours(NUMBER)], ["電話", "03", "1234", "5678"]], {"B1": NUMBER}),
    "a label to the left": ([["個人番号", NUMBER], ["氏名", "山田"], ["注文番号", "556677889900"]], {"B1": NUMBER}),
    "a label further to the left": ([["個人番号", None, NUMBER]], {"C1": NUMBER}),
    "a header below a title": ([["名簿", "2026年4月"], ["氏名", "個人番号"], ["山田", NUMBER]], {"B3": NUMBER}),
    "another column between": (
        [["個人番号", "電話", "カード番号"], [NUMBER, "0312345678", OTHER]],
        {"A2": NUMBER},
    ),
}


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("kind", [sheet, word, open_document])
def test_tables_of_every_kind(name: str, kind: object, tmp_path: Path) -> None:
    rows, expected = ROWS[name]
    assert callable(kind)
    assert sure(kind(rows), tmp_path) == expected


def test_four_parts_are_no_number(tmp_path: Path) -> None:
    rows: list[Row] = [["個人番号", None, None, None], [*fours(NUMBER), "1234"], [*fours(OTHER), "5678"]]
    assert sure(sheet(rows), tmp_path) == {}
    assert sure(sheet([row[:3] for row in rows]), tmp_path) == {"A2": NUMBER, "A3": OTHER}


def test_thirteen_digits_are_no_number_unless_a_header_says_where_it_begins(tmp_path: Path) -> None:
    assert sure(sheet([["法人番号", *f"1{NUMBER}"]]), tmp_path) == {}
    assert sure(sheet([["法人番号", *NUMBER]]), tmp_path) == {}


def test_zeros_that_a_sheet_took(tmp_path: Path) -> None:
    rows: list[Row] = [["個人番号", None, None]]
    rows += [[int(part) for part in fours(number)] for number in (NUMBER, OTHER, ZERO)]  # type: ignore[arg-type]
    assert sure(sheet(rows), tmp_path) == {"A2": NUMBER, "A3": OTHER, "A4": ZERO}


@pytest.mark.parametrize("kind", [sheet, open_document])
def test_numbers_stored_as_floats(kind: object, tmp_path: Path) -> None:
    assert callable(kind)
    assert sure(kind([["個人番号"], [float(NUMBER)], [float(OTHER)]]), tmp_path) == {"A2": NUMBER, "A3": OTHER}


def test_a_merged_header_stands_over_its_columns(tmp_path: Path) -> None:
    rows: list[Row] = [["氏名", "電話"], ["山田", "x", NUMBER]]
    # Without its width the header would stand over the number.
    assert sure(word([["氏名", "電話", "個人番号"], ["山田", "x", "y", NUMBER]], {(0, 1): 2}), tmp_path) == {
        "D2": NUMBER
    }
    assert sure(word(rows, {(0, 1): 2}), tmp_path) == {}


def test_a_header_holds_in_a_long_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_CELLS", 10)
    filler: list[Row] = [["山田", "x"]] * 20
    rows: list[Row] = [["氏名", "個人番号"], *filler, ["鈴木", NUMBER]]
    assert sure(sheet(rows), tmp_path) == {"B22": NUMBER}


BESIDE: dict[str, bytes] = {
    "header of a sheet": sheet([["x"]], f"<headerFooter><oddHeader>&amp;C個人番号 {NUMBER}</oddHeader></headerFooter>"),
    "formula without value": workbook(f'<row><c r="A1"><f>"個人番号 {NUMBER}"</f></c></row>'),
    "deleted text": document(f"<w:p><w:del><w:r><w:delText>個人番号 {NUMBER}</w:delText></w:r></w:del></w:p>"),
    "property": archive(
        {
            "[Content_Types].xml": "",
            "word/document.xml": "<a/>",
            "docProps/core.xml": f"<a><b>個人番号 {NUMBER}</b></a>",
        }
    ),
    "link": archive(
        {
            "word/document.xml": "<a/>",
            "word/_rels/document.xml.rels": "<Relationships><Relationship Target="
            f'"https://a.test/?%E5%80%8B%E4%BA%BA%E7%95%AA%E5%8F%B7={NUMBER}" TargetMode="External"/></Relationships>',
        }
    ),
    "comment": archive(
        {"word/document.xml": "<a/>", "word/comments.xml": f"<c><comment><p><t>個人番号 {NUMBER}</t></p></comment></c>"}
    ),
    "table in a table": document(
        "<w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc><w:p><w:r><w:t>"
        f"個人番号 {NUMBER}</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>"
    ),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_cells(name: str, tmp_path: Path) -> None:
    assert list(sure(BESIDE[name], tmp_path).values()) == [NUMBER]


def test_a_name_defined_in_a_workbook(tmp_path: Path) -> None:
    content = archive(
        {
            "xl/workbook.xml": f'<w><definedName name="x">"個人番号 {NUMBER}"</definedName></w>',
            "xl/_rels/workbook.xml.rels": "<Relationships/>",
        }
    )
    assert list(sure(content, tmp_path).values()) == [NUMBER]


def test_words_after_a_span_belong_to_the_paragraph(tmp_path: Path) -> None:
    space = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    content = f"<a {space}><text:p>個人番号 1234<text:span>5678</text:span>9018<text:s/>1</text:p></a>"
    packed = archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})
    assert list(sure(packed, tmp_path).values()) == [NUMBER]


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("three_cells.xls", ["A2"]),
        ("three_numbers.xlsx", ["B2", "B3", "B4"]),
        ("twelve_cells.ods", ["B1"]),
        ("boxes.pdf", [""]),
    ],
)
def test_files_of_other_writers(name: str, places: list[str]) -> None:
    finds, unread = found(DOCUMENTS / name)
    assert unread == []
    assert [where(one) for one in finds if one.confidence >= Confidence.LIKELY] == places
