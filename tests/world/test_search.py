"""A search finds every form of a needle at every place, nothing else, and shows nothing of what it looked for."""

import base64
import json
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.plumbing import canonical, tap
from mynumber.world.search import haystack
from mynumber.world.search.search import Hit, Needle, Search, forms

values = st.one_of(st.text(min_size=8, max_size=20), st.binary(min_size=8))
SHOWN = ("甲野花子", "コウノハナコ", "123456789018", "見本県甲野市梅見本町1丁目2番3号", "𠮷瀬葵だよ")


def found(needle: Needle, data: bytes) -> list[Hit]:
    return Search([needle]).scan(data)


@settings(deadline=None)
@given(value=values, before=st.binary(max_size=9), behind=st.binary(max_size=9))
def test_every_form_is_found_wherever_it_lies(value: str | bytes, before: bytes, behind: bytes) -> None:
    search = Search([Needle("kind", value)])
    for pattern in forms(Needle("kind", value)).values():
        assert (len(before), pattern) in [(hit.at, hit.pattern) for hit in search.scan(before + pattern + behind)]


@settings(deadline=None)
@given(plain=st.binary(min_size=8, max_size=40), before=st.binary(max_size=9), behind=st.binary(max_size=9))
def test_what_others_encode_is_found(plain: bytes, before: bytes, behind: bytes) -> None:
    whole, needle = before + plain + behind, Needle("kind", plain)
    for encoded in (
        base64.b64encode(whole),
        base64.urlsafe_b64encode(whole).rstrip(b"="),
        base64.b16encode(whole),
        whole.hex().encode(),
        quote_from_bytes(whole, safe="").encode(),
    ):
        assert found(needle, encoded)


@pytest.mark.parametrize("text", SHOWN)
def test_texts_are_found_as_programs_write_them(text: str) -> None:
    needle = Needle("kind", text)
    written = {
        "utf-8 json": json.dumps({"a": f"-{text}-"}, ensure_ascii=False).encode(),
        "json": json.dumps({"a": f"-{text}-"}).encode(),
        "utf-16": f"-{text}-".encode("utf-16"),
        "utf-16-be": f"-{text}-".encode("utf-16-be"),
        "url": quote(f"-{text}-").encode(),
        "repr": repr(f"-{text}-".encode()).encode(),
        "a JWS": canonical.b64(canonical.encode({"a": f"-{text}-"})).encode(),
        "a log": json.dumps({"a": canonical.b64(f"-{text}-".encode())}).encode(),
    }
    assert [name for name, data in written.items() if not found(needle, data)] == []
    assert found(needle, json.dumps({"a": text[:-1]}).encode()) == []


def test_forms_that_come_out_the_same_have_one_name() -> None:
    assert len(forms(Needle("kind", bytes(range(200, 232))))) == 12
    assert {form.split()[0] for form in forms(Needle("kind", "123456789018"))} == {"utf-8", "utf-16-le", "utf-16-be"}
    assert {form.split()[0] for form in forms(Needle("kind", "甲野花子"))} == {
        "utf-8",
        "json",
        "utf-16-le",
        "utf-16-be",
    }
    assert [form for form in forms(Needle("kind", "甲野花子")) if form.startswith("json capital")] != []


# Each example builds a search anew, which takes as long as the machine is busy.
@settings(deadline=None)
@given(st.lists(values, min_size=1, max_size=8, unique=True), st.binary(max_size=2000))
def test_what_is_found_lies_there_and_nothing_is_overlooked(chosen: list[str | bytes], data: bytes) -> None:
    search = Search([Needle("kind", value) for value in chosen])
    hits = {(hit.at, hit.pattern) for hit in search.scan(data)}
    plain = {
        (match.start(), pattern)
        for pattern in search.patterns
        for match in re.finditer(b"(?=" + re.escape(pattern) + b")", data)
    }
    assert hits == plain


def test_several_at_once_and_overlapping_ones_are_told_apart() -> None:
    search = Search([Needle("one", "abcdefgh"), Needle("other", "cdefghij")])
    assert [(hit.kind, hit.at) for hit in search.scan(b"-abcdefghij" * 2)] == [
        ("one", 1),
        ("other", 3),
        ("one", 12),
        ("other", 14),
    ]


def test_what_is_too_short_is_named() -> None:
    search = Search([Needle("officer", "hanako"), Needle("name", "磯﨑樹")])
    assert search.left_out == [(Needle("officer", "hanako"), "6 bytes occur by chance")]
    assert search.needles == [Needle("name", "磯﨑樹")]
    assert search.scan(b"hanako") == []
    assert search.scan("-磯﨑樹-".encode("utf-16-le"))


def test_nothing_printed_shows_what_is_looked_for() -> None:
    needle = Needle("name", "SECRET-VALUE")
    [hit] = found(needle, b"SECRET-VALUE")
    assert "SECRET" not in repr(needle) + repr(hit)


def test_files_and_columns_give_every_byte(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.log").write_bytes(b"in a file")
    connection = sqlite3.connect(tmp_path / "data.db")
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a, b INTEGER)")
    long = bytes(3000) + b"cut-by-no-page-border" * 300
    connection.execute("INSERT INTO t VALUES (?, ?), ('SECRET-VALUE', NULL)", (long, 123456789018))
    connection.commit()
    pieces = {piece.where: piece.data for piece in haystack.files(tmp_path)}
    assert pieces["below/a.log"] == b"in a file"
    assert b"SECRET-VALUE" in pieces["data.db-wal"]
    assert b"SECRET-VALUE" not in pieces["data.db"]
    assert long not in pieces["data.db-wal"]
    columns = {piece.where: piece.data for piece in haystack.columns(tmp_path / "data.db")}
    assert set(columns) == {"data.db: t.a", "data.db: t.b"}
    assert long in columns["data.db: t.a"]
    assert columns["data.db: t.b"] == b"123456789018"
    connection.close()


def test_what_passed_is_given_message_by_message_up_to_a_time(tmp_path: Path) -> None:
    tap.begin(tmp_path)
    tap.note("received", b"POST /first\n", canonical.encode({"context": canonical.b64(b"SECRET-VALUE")}))
    ended = time.time_ns()
    tap.note("received", b"POST /second\n", b"LATER-VALUE")
    tap.end()
    [story], [whole] = haystack.tapped(tmp_path, ended), haystack.tapped(tmp_path)
    assert b"POST /first" in story.data
    assert b"SECRET-VALUE" in story.data
    assert (b"LATER-VALUE" in story.data, b"LATER-VALUE" in whole.data) == (False, True)


def test_what_canonical_json_carries_is_unfolded_to_any_depth() -> None:
    inner = canonical.encode({"context": canonical.b64(b"SECRET-VALUE"), "v": 1})
    outer = canonical.encode({"steps": [{"payload": canonical.b64(inner)}]})
    assert list(haystack.unfolded(outer)) == [outer, inner, b"SECRET-VALUE"]
    assert list(haystack.unfolded(b"{no json")) == [b"{no json"]


@pytest.mark.parametrize("text", ["磯﨑樹", "甲野花子", "123456789018"])
def test_a_pattern_is_found_at_every_distance_from_a_word(text: str) -> None:
    search = Search([Needle("kind", text), *(Needle("other", f"CANARY-{number:08}") for number in range(50))])
    for before in range(9):
        for behind in range(4):
            for pattern in forms(Needle("kind", text)).values():
                data = bytes(before) + pattern + b"\xff" * behind
                assert (before, pattern) in [(hit.at, hit.pattern) for hit in search.scan(data)]


def test_a_needle_far_behind_is_found_once() -> None:
    search = Search([Needle("kind", "SECRET-VALUE")])
    for before in range(2040, 2056):
        assert [hit.at for hit in search.scan(b"." * before + b"SECRET-VALUE" + b"." * 5000)] == [before]


ALONE = Needle("amount", "138157", alone=True)


@pytest.mark.parametrize("between", [b" ", b'"', b"\n", b"\0", b":", b",", b"=", b"("])
def test_a_value_that_is_alone_is_found_in_every_form_between_what_is_no_letter(between: bytes) -> None:
    search = Search([ALONE])
    assert len(forms(ALONE)) > 5
    for pattern in forms(ALONE).values():
        for before in range(5):
            data = between * before + between + pattern + between
            assert (len(data) - len(pattern + between), pattern) in [(hit.at, hit.pattern) for hit in search.scan(data)]
            assert search.scan(pattern)


@pytest.mark.parametrize(
    "text", ["0138157", "1381570", "x138157", "138157x", "2026-11-26T01:02:03.138157Z", "a-138157", "b64_138157"]
)
def test_digits_inside_another_value_are_no_hit(text: str) -> None:
    assert Search([ALONE]).scan(text.encode()) == []
    assert Search([Needle("amount", "138157")]).left_out
    assert Search([Needle("amount", "38157", alone=True)]).left_out


@pytest.mark.parametrize(
    "text", ['{"monthly_amount":138157}', "amount 138157.", "amount=138157,", "¥138157", "(138157)"]
)
def test_a_whole_value_is_a_hit_however_a_program_writes_it(text: str) -> None:
    assert [hit.kind for hit in Search([ALONE]).scan(text.encode())] == ["amount"]


def test_a_value_that_is_alone_for_one_needle_and_anywhere_for_another_is_found_anywhere() -> None:
    wide, alone = Needle("wide", "12345678"), Needle("alone", "12345678", alone=True)
    for both in ((wide, alone), (alone, wide)):
        assert Search(both).scan(b"x12345678x")


def test_a_number_in_a_cell_is_found_as_a_whole_value(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data.db")) as connection, connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.execute("INSERT INTO t VALUES (138157, 1138157), ('138157', x'00')")
    hits = {piece.where: len(Search([ALONE]).scan(piece.data)) for piece in haystack.columns(tmp_path / "data.db")}
    assert hits == {"data.db: t.a": 2, "data.db: t.b": 0}
