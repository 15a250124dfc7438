"""Tables within running text: the line of labels says what stands below it, column by column, and no further."""

import json
from pathlib import Path

import pytest

from mynumber.number.check_digits import my_number_check_digit
from mynumber.scanner.finds import Find
from mynumber.scanner.judging import Confidence
from mynumber.scanner.scan import scan
from tests.scanner.test_converting import numbers

VALUES, OTHERS = numbers(4, 11), numbers(4, 12)
NAMES = "佐藤 長谷川一郎 林 田中花".split()
PROSE = "担当者への連絡。\n\n届出の一覧は次のとおり、確認を願う。\n\n"


def sure(folder: Path, text: str) -> list[str]:
    (folder / "a.txt").write_text(text, encoding="utf-8", newline="")
    finds = [one for one in scan([str(folder / "a.txt")]) if isinstance(one, Find)]
    return [one.digits for one in finds if one.confidence >= Confidence.LIKELY]


def rows(row: str) -> str:
    given = zip(NAMES, VALUES, OTHERS, strict=True)
    return "\n".join(row.format(name=name, value=value, other=other) for name, value, other in given)


def wide(text: str, columns: int) -> str:
    return text + " " * (columns - sum(1 + (ord(one) > 0x2000) for one in text))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("| 氏名 | 控え | 個人番号 |\n|---|---|---|", "| {name} | {other} | {value} |"),
        ("氏名\t控え\t個人番号", "{name}\t{other}\t{value}"),
        ("氏名 控え 個人番号", "{name} {other} {value}"),
        ("INSERT INTO t (name, memo, my_number) VALUES", "('{name}', '{other}', '{value}'),"),
        ("COPY t (name, memo, my_number) FROM stdin;", "{name}\t{other}\t{value}"),
    ],
)
def test_each_column_has_its_own_label(tmp_path: Path, header: str, row: str, end: str) -> None:
    text = f"{PROSE}{header}\n{rows(row)}\n\n以上\n{OTHERS[0]}\n{PROSE}"
    assert sure(tmp_path, text.replace("\n", end)) == VALUES


def test_columns_of_a_report_stand_below_their_labels(tmp_path: Path) -> None:
    header = wide("氏名", 16) + wide("控え", 20) + "マイナンバー"
    lines = [wide(n, 16) + wide(o, 20) + v for n, o, v in zip(NAMES, OTHERS, VALUES, strict=True)]
    assert sure(tmp_path, PROSE + "\n".join([header, "-" * 50, *lines, "", *OTHERS])) == VALUES


def test_a_title_above_a_table_is_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        f"名簿2026\n\n氏名,控え,個人番号\n{rows('{name},{other},{value}')}\n", encoding="utf-8"
    )
    finds = [one for one in scan([str(tmp_path / "a.csv")]) if isinstance(one, Find)]
    assert [one.digits for one in finds if one.confidence >= Confidence.LIKELY] == VALUES


@pytest.mark.parametrize(
    "header",
    ["def save(my_number, order):", "個人番号は後日、氏名は来週。", "// my_number and others", "if (my_number, x) {"],
)
def test_a_line_of_a_program_or_of_prose_heads_no_table(tmp_path: Path, header: str) -> None:
    assert sure(tmp_path, f"{PROSE}{header}\n" + "\n".join(f"  ab(1, {one})" for one in OTHERS)) == []


def test_a_header_speaks_for_the_blocks_after_its_own(tmp_path: Path) -> None:
    many = "\n".join(f"| 佐藤{at} | {at:09d} | {value} |" for at, value in enumerate(numbers(20_000, 13)))
    text = f"{PROSE}| 氏名 | 控え | 個人番号 |\n|---|---|---|\n{many}\n\n"
    assert len(text.encode()) > 1 << 19
    assert len(sure(tmp_path, text)) == 20_000


@pytest.mark.parametrize("shape", ["{}", "{0:.4}-{1}-{2}", "{0:.4} {1} {2}"])
def test_a_list_of_names_and_numbers_is_a_table_without_header(tmp_path: Path, shape: str) -> None:
    values = numbers(30, 14)
    shown = [shape.format(one if shape == "{}" else one[:4], one[4:8], one[8:]) for one in values]
    lines = [f"{NAMES[at % 4]}{at} {one}" for at, one in enumerate(shown)]
    assert sure(tmp_path, "\n".join(lines)) == values


@pytest.mark.parametrize("indent", [None, 2])
def test_whole_numbers_of_json_may_have_lost_their_zeros(tmp_path: Path, indent: int | None) -> None:
    values = [f"0{one[1:11]}" for one in numbers(400, 15)]
    values = [one + str(my_number_check_digit(one)) for one in values][:300:10] + numbers(300, 16)
    records = [{"code": int(one), "at": 1_700_000_000 + at, "name": NAMES[at % 4]} for at, one in enumerate(values)]
    found = sure(tmp_path, json.dumps(records, indent=indent, ensure_ascii=False))
    assert sorted(found) == sorted(values)


@pytest.mark.parametrize("between", [",", ",\n"])
def test_a_dump_names_its_columns_where_tables_are_made(tmp_path: Path, between: str) -> None:
    made = "CREATE TABLE `staff` (\n  `id` int NOT NULL,\n  `memo` char(12),\n  `my_number` char(12) DEFAULT NULL\n);\n"
    other = "CREATE TABLE `goods` (\n  `id` int,\n  `a` int,\n  `code` char(12)\n);\n"
    given = zip(OTHERS, VALUES, strict=True)
    inserted = between.join(f"({at},'{memo}','{value}')" for at, (memo, value) in enumerate(given))
    sold = between.join(f"({at},{at},'{memo}')" for at, memo in enumerate(OTHERS))
    text = f"{made}{other}INSERT INTO `goods` VALUES {sold};\nINSERT INTO `staff` VALUES {inserted};\n"
    assert sure(tmp_path, PROSE + text) == VALUES


def test_a_row_with_a_number_is_no_header(tmp_path: Path) -> None:
    lines = [f"check({one}, true) // my number of {at}" for at, one in enumerate(VALUES)]
    lines += [f"order({one}, ab{other})" for one, other in zip(OTHERS, numbers(4, 17), strict=True)]
    assert set(sure(tmp_path, "\n".join(lines))).isdisjoint(numbers(4, 17))
