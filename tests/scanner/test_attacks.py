"""Broken and hostile input: never a crash, always a word on what was not read; spellings that nobody had in mind."""

import base64
import bz2
import gzip
import io
import lzma
import random
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.scanner.finds import Find, Location, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting.lines import line_of
from mynumber.scanner.scan import scan, scan_stream
from tests.scanner.corpus import number
from tests.scanner.test_converting import numbers
from tests.scanner.test_texts import Raw

TEXT = ("氏名,個人番号\n" + "".join(f"佐藤,{value}\n" for value in numbers(30))).encode()


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("名簿.csv", content)
    return out.getvalue()


def tarred(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("a.csv")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def workbook(content: bytes) -> bytes:
    cells = "".join(
        f'<row r="{at}"><c r="A{at}" t="str"><v>{line.split(",")[1]}</v></c></row>'
        for at, line in enumerate(content.decode().splitlines(), 1)
    )
    sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{sheet}" xmlns:r="{related}"><sheets><sheet name="s" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{sheet}"><sheetData>{cells}</sheetData></worksheet>'
        )
    return out.getvalue()


def database(content: bytes) -> bytes:
    store = sqlite3.connect(":memory:")
    store.execute("CREATE TABLE persons (name TEXT, my_number TEXT)")
    store.executemany("INSERT INTO persons VALUES ('x', ?)", [(line[-12:],) for line in content.decode().split()[1:]])
    store.commit()
    raw = store.serialize()
    store.close()
    return raw


def mail(content: bytes) -> bytes:
    return (
        b"From: a@example.jp\nTo: b@example.jp\nSubject: x\nContent-Type: text/plain; charset=utf-8\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(content)
    )


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "zip": zipped,
    "tar": tarred,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "workbook": workbook,
    "database": database,
    "mail": mail,
    "text": bytes,
    "UTF-16": lambda content: content.decode().encode("utf-16"),
    "nest": lambda content: zipped(gzip.compress(tarred(content))),
}


def results(content: bytes) -> list[Find | Unread]:
    return list(scan_stream("x", Raw(content), len(content)))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_read_whole(form: str) -> None:
    found = [one.digits for one in results(FORMS[form](TEXT)) if isinstance(one, Find)]
    assert sorted(found) == sorted(numbers(30))


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_hurt_files_are_told_and_end_nothing(form: str, data: st.DataObject) -> None:
    content = bytearray(FORMS[form](TEXT))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        match data.draw(st.sampled_from(("flip", "cut", "fill", "double"))):
            case "flip":
                content[at] ^= data.draw(st.integers(1, 255))
            case "cut":
                del content[at : at + data.draw(st.integers(1, 64))]
            case "fill":
                content[at : at + 16] = bytes([data.draw(st.integers(0, 255))]) * 16
            case _:
                content[at:at] = content[at : at + 64]
        if not content:
            break
    for one in results(bytes(content)):
        assert one.path
        assert one.why if isinstance(one, Unread) else one.confidence > Confidence.NONE


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.6, 0.9, 0.95])
@pytest.mark.parametrize("form", ["zip", "gzip", "bzip2", "xz", "workbook", "database"])
def test_a_file_that_was_cut_off_is_told(form: str, cut: float) -> None:
    whole = FORMS[form](TEXT)
    assert [one for one in results(whole) if isinstance(one, Unread)] == []
    assert [one for one in results(whole[: int(cut * len(whole))]) if isinstance(one, Unread)]


def test_tables_of_every_kind_are_read_and_a_damaged_one_hides_no_other() -> None:
    store = sqlite3.connect(":memory:")
    store.execute("CREATE TABLE a (my_number TEXT, twice TEXT AS (my_number || my_number))")
    store.execute("CREATE TABLE b (my_number TEXT PRIMARY KEY) WITHOUT ROWID")
    store.execute("CREATE TABLE z (my_number TEXT)")
    for table, first in (("a", 0), ("b", 400), ("z", 800)):
        store.executemany(f"INSERT INTO {table} VALUES (?)", [(one,) for one in numbers(1200)[first : first + 400]])
    store.commit()
    (root,) = store.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'b'").fetchone()
    content = bytearray(store.serialize())
    store.close()
    assert {one.digits for one in results(bytes(content)) if isinstance(one, Find)} == set(numbers(1200))
    content[(root - 1) * 4096 : (root - 1) * 4096 + 8] = b"\xff" * 8
    hurt = results(bytes(content))
    assert {one.digits for one in hurt if isinstance(one, Find)} >= set(numbers(1200)[:400] + numbers(1200)[800:])
    assert [one for one in hurt if isinstance(one, Unread)]


@pytest.mark.parametrize("first", ["個人番号,a\rb,c", '"個人番号,b,c', "個人番号,b," + "c" * 200_000])
def test_a_first_line_that_is_no_row_ends_nothing(first: str) -> None:
    rows = "\n".join(f"{value},x,y" for value in numbers(40))
    found = [one.digits for one in results(f"{first}\n{rows}\n".encode()) if isinstance(one, Find)]
    assert found == numbers(40)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_told(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"%PDF-1.4\n", b"SQLite format 3\0", b"\x1b$B", b"From: a\nTo: b\n", b"\xff\xfe"):
        assert all(one.path for one in results(start + content))


@pytest.mark.parametrize("first", "0123456789")
def test_every_number_is_found_in_every_encoding_of_its_digits(tmp_path: Path, first: str) -> None:
    values = [value for value in numbers(600, 3) if value[0] == first][:40]
    assert len(values) == 40
    for encode in (base64.b64encode, base64.b32encode, base64.b16encode):
        lines = [f"{at},{encode(value.encode()).decode()},x" for at, value in enumerate(values)]
        (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
        assert [one.digits for one in scan([str(tmp_path)]) if isinstance(one, Find)] == values


def test_a_power_of_ten_that_lost_a_leading_zero_is_found_in_its_column(tmp_path: Path) -> None:
    values = [value for value in numbers(200) if not value.startswith("00") and not value.endswith("0")]
    powers = [f"{int(value):.11E}" if value[0] != "0" else f"{int(value):.10E}" for value in values]
    assert any(one.endswith("E+10") for one in powers)
    (tmp_path / "a.csv").write_text("no,v\n" + "".join(f"{at},{one}\n" for at, one in enumerate(powers)))
    sure = [one for one in scan([str(tmp_path)]) if isinstance(one, Find) and one.confidence >= Confidence.LIKELY]
    assert [one.digits for one in sure] == values


@pytest.mark.parametrize(("header", "told"), [("個人番号", 1), ("金額", 0)])
def test_what_a_spreadsheet_damaged_is_told_and_not_guessed(tmp_path: Path, header: str, told: int) -> None:
    rows = "".join(f"{at},{int(value):.5E}\n" for at, value in enumerate(numbers(20)) if value[0] != "0")
    (tmp_path / "a.csv").write_text(f"no,{header}\n{rows}", encoding="utf-8")
    given = list(scan([str(tmp_path)]))
    assert [one for one in given if isinstance(one, Find)] == []
    whys = [one.why for one in given if isinstance(one, Unread)]
    assert len(whys) == told
    assert all(f"{rows.count('E+11')} values" in one and "damaged by a spreadsheet" in one for one in whys)


@pytest.mark.parametrize(
    "label", ["個 人 番 号", "個　人　番　号", "マイ・ナンバー", "マイ ナンバー", "개인번호", "ＭＹ　ＮＵＭＢＥＲ"]
)
def test_labels_as_forms_write_them(tmp_path: Path, label: str) -> None:
    value = number(random.Random(4))
    (tmp_path / "a.txt").write_text(f"氏　名　佐藤\n{label}　{value}\n", encoding="utf-8")
    (find,) = [one for one in scan([str(tmp_path)]) if isinstance(one, Find)]
    assert (find.digits, find.confidence) == (value, Confidence.LIKELY)


@pytest.mark.parametrize("name", ["a\nb.txt: certain", "a\x1b[31m.txt", "a\r.txt", "a\u2028b"])
def test_a_name_of_a_file_makes_no_line_of_its_own(name: str) -> None:
    find = Find(name, Location(line=1, column=1), "my_number", Confidence.LIKELY, "x", numbers(1)[0])
    for result in (find, Unread(name, "encrypted")):
        line = line_of(result, "en", reveal=False)
        assert len(line.splitlines()) == 1
        assert line.isprintable()
    assert line_of(Unread("名簿 1.txt", "encrypted"), "en", reveal=False).startswith("名簿 1.txt:")
