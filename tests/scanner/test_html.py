"""Tables of HTML: a number is told with its header or the cell to its left, at its own line and column, once."""

from pathlib import Path

import pytest

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reading import files
from mynumber.scanner.scan import scan

NUMBER, OTHER = "123456789018", "987654321093"


def finds(folder: Path, text: str, encoding: str = "utf-8") -> list[Find]:
    (folder / "a.html").write_bytes(text.encode(encoding))
    results = list(scan([str(folder / "a.html")]))
    assert not [one for one in results if isinstance(one, Unread)]
    return [one for one in results if isinstance(one, Find)]


def sure(found: list[Find]) -> list[str]:
    return [one.digits for one in found if one.confidence >= Confidence.LIKELY]


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-16"])
@pytest.mark.parametrize("between", ["", "\n    "])
def test_the_header_of_a_column_says_what_it_holds(tmp_path: Path, between: str, encoding: str) -> None:
    def row(kind: str, *cells: str) -> str:
        return f"<tr>{between}" + between.join(f"<{kind}>{one}</{kind}>" for one in cells) + "</tr>\n"

    table = row("th", "氏名", "伝票", "個人番号") + row("td", "佐藤", OTHER, f"<b>{NUMBER}</b>")
    text = f"<html>\n<table class=x>\n{table}</table>"
    found = finds(tmp_path, text, encoding)
    assert sure(found) == [NUMBER]
    (find,) = [one for one in found if one.digits == NUMBER]
    assert text.split("\n")[find.location.line - 1][find.location.column - 1 :].startswith(NUMBER)
    assert find.in_table
    assert [one.confidence for one in found if one.digits == OTHER] == [Confidence.POSSIBLE]


def test_the_cell_to_the_left_says_what_a_number_is(tmp_path: Path) -> None:
    rows = f"<tr><th>氏名\n<td>佐藤\n<tr><th>マイナンバー\n<td>{NUMBER}\n<tr><th>伝票\n<td>{OTHER}\n"
    assert sure(finds(tmp_path, f"<table>{rows}</table>")) == [NUMBER]


@pytest.mark.parametrize("parts", [(NUMBER[:4], NUMBER[4:8], NUMBER[8:]), tuple(NUMBER)])
def test_a_number_over_several_lines_of_cells(tmp_path: Path, parts: tuple[str, ...]) -> None:
    cells = "\n".join(f"<td>{one}</td>" for one in parts)
    (find,) = finds(tmp_path, f"<table><tr><td>個人番号</td>\n{cells}\n</tr></table>")
    assert (find.digits, find.confidence, find.location.line) == (NUMBER, Confidence.LIKELY, 2)


def test_cells_that_span_rows_and_columns_leave_their_places_free(tmp_path: Path) -> None:
    head = "<tr><th rowspan=2>氏名<th colspan=2>番号<tr><th>伝票<th>個人番号"
    assert sure(finds(tmp_path, f"<table>{head}<tr><td>佐藤<td>{OTHER}<td>{NUMBER}</table>")) == [NUMBER]


@pytest.mark.parametrize(
    "text",
    [
        f"<table><tr><td><p>個人番号は&#49;{NUMBER[1:]}です</p></td></tr></table>",
        f"<table><tr><td>個人番号</td><td><input name='a' value='{NUMBER}'></td></tr></table>",
        f"<table><tr><td><table><tr><th>個人番号</th></tr><tr><td>{NUMBER}</td></tr></table></td></tr></table>",
        f"<table><tr><td>個人番号は<table></table>{NUMBER}</td></tr></table>",
        f"<table><tr><td>a</td></tr></table><p>個人番号：{NUMBER}</p>",
        f"<p><table><tr><th>個人番号<td>{NUMBER}",
        f"<p>個人番号&#x0a;{NUMBER}<table>",
    ],
)
def test_what_pages_do_with_tables(tmp_path: Path, text: str) -> None:
    assert sure(finds(tmp_path, text)) == [NUMBER]


def test_a_page_too_large_to_be_opened_as_a_whole_is_told_and_read_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "WHOLE", 1 << 10)
    rows = "<tr><td>x</td></tr>\n" * 100
    (tmp_path / "a.html").write_text(f"<table>\n{rows}</table>\n個人番号 {NUMBER}\n", encoding="utf-8")
    unread, find = sorted(scan([str(tmp_path / "a.html")]), key=lambda one: isinstance(one, Find))
    assert isinstance(unread, Unread)
    assert isinstance(find, Find)
    assert (find.digits, find.location.line) == (NUMBER, 103)
