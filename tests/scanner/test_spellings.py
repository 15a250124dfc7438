"""Spellings of keyboards, phones, forms and other scripts: each is found, and told where it stands."""

from pathlib import Path

import pytest

from mynumber.scanner.finding.folding import folded
from mynumber.scanner.finds import Find
from mynumber.scanner.judging import Confidence
from mynumber.scanner.scan import scan

NUMBER = "123456789018"
KANJI = NUMBER.translate(str.maketrans("0123456789", "〇一二三四五六七八九"))


def fours(between: str, number: str = NUMBER) -> str:
    return f"{number[:4]}{between}{number[4:8]}{between}{number[8:]}"


def finds(folder: Path, text: str) -> list[Find]:
    (folder / "a.txt").write_text(text, encoding="utf-8")
    return [one for one in scan([str(folder / "a.txt")]) if isinstance(one, Find)]


@pytest.mark.parametrize(
    "between", "・･·•∙─━\u00ad\u200b\u200c\u2060\ufeff\u2043\ufe58\ufe63＿／．\u2007\u2008\u205fー"
)
def test_what_parts_fours_on_keyboards_and_in_forms(tmp_path: Path, between: str) -> None:
    (find,) = finds(tmp_path, f"佐藤・花子　個人番号　{fours(between)}　以上")
    assert (find.digits, find.confidence, find.location.column) == (NUMBER, Confidence.LIKELY, 12)


@pytest.mark.parametrize("between", "・·\u200bー")
def test_in_words_a_dot_and_a_sign_without_width_stay_what_they_are(between: str) -> None:
    assert folded(f"マ{between}1{between}x 1{between}") == f"マ{between}1{between}x 1{between}".encode()


@pytest.mark.parametrize("zero", [0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0x1D7CE, 0x1D7F6, 0xFF10])
def test_digits_of_other_scripts(tmp_path: Path, zero: int) -> None:
    (find,) = finds(tmp_path, f"個人番号：{''.join(chr(zero + int(one)) for one in NUMBER)}")
    assert (find.digits, find.location.column) == (NUMBER, 6)


@pytest.mark.parametrize(
    "written", [KANJI, KANJI.replace("〇", "零"), KANJI.replace("〇", "○"), fours("・", KANJI), fours("　", KANJI)]
)
def test_twelve_kanji_are_digits(tmp_path: Path, written: str) -> None:
    (find,) = finds(tmp_path, f"一二三 個人番号 {written}である。")
    assert (find.digits, find.confidence, find.location.column) == (NUMBER, Confidence.LIKELY, 10)


@pytest.mark.parametrize("written", [f"{KANJI}一", KANJI[:-1], f"第{KANJI[:4]}条", fours("・", KANJI) + "・五"])
def test_fewer_or_more_kanji_are_none(written: str) -> None:
    assert folded(written) == written.encode()


def below(*parts: str) -> str:
    return "\n".join(parts)


@pytest.mark.parametrize(
    "written",
    [
        *map(fours, ["  ", "   ", " - ", "- ", " -", " / ", "+", "|"]),
        *(
            "-".join(NUMBER[at : at + 3] for at in range(0, 12, 3)),
            " ".join(NUMBER[at : at + 3] for at in (0, 3, 6, 9)),
        ),
        *(f"|{'|'.join(NUMBER)}|", f"| {' | '.join(NUMBER)} |", "  ".join(NUMBER), f"│{'│'.join(NUMBER)}│"),
        *(below(*NUMBER), below(NUMBER[:4], NUMBER[4:8], NUMBER[8:]), "\r\n".join(NUMBER)),
    ],
)
def test_groups_that_stand_apart_or_below_one_another(tmp_path: Path, written: str) -> None:
    (find,) = finds(tmp_path, f"個人番号\n{written}\n以上")
    assert (find.digits, find.confidence, find.location.line) == (NUMBER, Confidence.LIKELY, 2)
    assert find.location.column in (1, 2, 3)


@pytest.mark.parametrize(
    "written",
    [
        *(
            f"{fours('  ')}  5678",
            f"1234 - {fours(' - ')}",
            f"{fours(' - ')}5",
            "1234  5678 9018",
            f"12-{NUMBER[:3]}-456-789-018",
        ),
        *(
            "192.168.100.101",
            "123,456,789,018",
            below(NUMBER[:4], NUMBER[4:8], NUMBER[8:], "2026"),
            below(*NUMBER, "1"),
        ),
        *(f"|{'|'.join(NUMBER)}|0|", "1234 - 5678  - 9018"),
    ],
)
def test_longer_or_uneven_chains_are_none(tmp_path: Path, written: str) -> None:
    assert finds(tmp_path, f"個人番号\n{written}\n以上") == []


def test_an_amount_in_quotes_is_a_cell_that_a_spreadsheet_wrote(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('氏名,個人番号\n佐藤,"123,456,789,018"\n鈴木,\n', encoding="utf-8")
    (find,) = [one for one in scan([str(tmp_path / "a.csv")]) if isinstance(one, Find)]
    assert (find.digits, find.confidence) == (NUMBER, Confidence.LIKELY)


def test_lines_that_are_cells_are_no_number(tmp_path: Path) -> None:
    rows = "".join(f"{at},{one}\n" for at, one in enumerate(NUMBER, 10))
    (tmp_path / "a.csv").write_text(f"月,点\n{rows}", encoding="utf-8")
    assert list(scan([str(tmp_path / "a.csv")])) == []
