"""Every kind of file gives its numbers with their places, and what cannot be read is told, never skipped."""

import gzip
import io
import os
import sqlite3
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reading import files, limits
from mynumber.scanner.scan import scan
from mynumber.scanner.workers import Workers

NUMBER = "123456789018"
LABELLED = f"個人番号 {NUMBER}"


def found(path: Path, jobs: int = 1) -> tuple[list[Find], list[Unread]]:
    results = list(scan([str(path)], jobs=jobs))
    return [one for one in results if isinstance(one, Find)], [one for one in results if isinstance(one, Unread)]


def archive(members: dict[str, bytes | str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in members.items():
            writer.writestr(name, content)
    return packed.getvalue()


def workbook(cells: str, shared: str = "") -> bytes:
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return archive(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{relations}"><sheets>'
            '<sheet name="職員" sheetId="1" state="hidden" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": "<Relationships>"
            '<Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/sharedStrings.xml": f"<sst {main}>{shared}</sst>",
            "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>",
        }
    )


def document(paragraphs: str, main: str = "word/document.xml") -> bytes:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return archive({"[Content_Types].xml": "<Types/>", main: f"<w:document {space}>{paragraphs}</w:document>"})


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.jp", "b@example.jp", "書類"
    message.set_content("長い行 " * 20 + LABELLED + " です", cte="quoted-printable")
    message.add_attachment(f"個人番号\n{NUMBER}\n", filename="表.csv")
    return bytes(message)


def pdf(text: str) -> bytes:
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, one) for n, one in enumerate(objects, 1))
    return body + b"trailer<</Root 1 0 R/Size 6>>\n%%EOF"


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content)


def tarred(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as writer:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        writer.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


ROWS = f'<row><c r="A1" t="s"><v>0</v></c></row><row><c r="A2"><v>{NUMBER}</v></c></row>'
KINDS: dict[str, tuple[bytes, str, dict[str, object]]] = {
    "a.xlsx": (workbook(ROWS, "<si><t>個人番号</t></si>"), "", {"sheet": "職員", "cell": "A2"}),
    "a.docx": (
        document(f"<w:p><w:r><w:t>個人番号 {NUMBER[:5]}</w:t></w:r><w:r><w:t>{NUMBER[5:]}</w:t></w:r></w:p>"),
        "",
        {"key": "word/document.xml, paragraph 1"},
    ),
    "a.zip": (archive({"b/c.txt": LABELLED}), "!/b/c.txt", {"line": 1, "column": 6}),
    "nested.zip": (
        archive({"a.tar.gz": gzipped(tarred("x.txt", LABELLED.encode()))}),
        "!/a.tar.gz!/a.tar!/x.txt",
        {"line": 1, "column": 6},
    ),
    "a.txt.gz": (gzipped(LABELLED.encode("cp932")), "!/a.txt", {"line": 1, "column": 6}),
    "a.pdf": (pdf(f"My Number {NUMBER}"), "", {"page": 1}),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file(name: str, tmp_path: Path) -> None:
    content, inside, place = KINDS[name]
    (tmp_path / name).write_bytes(content)
    (find,), unread = found(tmp_path / name)
    assert unread == []
    assert (find.path, find.location.members()) == (f"{tmp_path / name}{inside}", place)
    assert (find.digits, find.confidence) == (NUMBER, Confidence.LIKELY)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_file_under_another_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(KINDS[name][0])
    assert len(found(tmp_path)[0]) == 1


def test_a_mail_gives_body_and_attachment(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail())
    (tmp_path / "box.mbox").write_bytes(b"From a@example.jp Thu Nov 26 10:00:00 2026\n" + mail() + b"\n")
    finds, unread = found(tmp_path)
    assert unread == []
    assert {one.path.rsplit("!/", 1)[1] for one in finds} == {"part2", "表.csv"}
    assert len(finds) == 4


def test_a_database_gives_every_column(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("CREATE TABLE staff (id INTEGER PRIMARY KEY, mynumber TEXT, note BLOB)")
        database.execute("INSERT INTO staff VALUES (7, ?, ?)", (NUMBER, LABELLED.encode()))
    database.close()
    finds, _ = found(tmp_path)
    assert [one.location.key for one in finds] == ["staff.mynumber[7]", "staff.note[7]"]


def encrypted() -> bytes:
    content = bytearray(archive({"a.txt": LABELLED}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    return bytes(content)


def bomb() -> bytes:
    return archive({f"{n}.txt": b"\0" * (1 << 23) for n in range(4)})


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "encrypted member": (encrypted(), "encrypted"),
    "office file with a password": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "encrypted",
    ),
    "broken zip": (archive({"a.txt": LABELLED})[:-30], "broken"),
    "broken gzip": (gzipped(b"x" * 1000)[:-9], "broken"),
    "broken pdf": (b"%PDF-1.4\n" + b"\xff" * 200, "broken PDF"),
    "pdf without text": (pdf(""), "no text on page 1"),
    "broken database": (b"SQLite format 3\0" + b"\x01" * 500, "database"),
    "document with a document type": (
        archive({"word/document.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}),
        "document type",
    ),
    "bomb": (bomb(), "limit"),
    "binary": (b"\x7fELF\0\1\2\0" * 100, "binary"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_told(what: str, tmp_path: Path) -> None:
    content, why = UNREADABLE[what]
    (tmp_path / "file").write_bytes(content)
    _, unread = found(tmp_path)
    assert [one for one in unread if why in one.why], unread


def test_nesting_has_an_end(tmp_path: Path) -> None:
    content = LABELLED.encode()
    for _ in range(limits.DEPTH + 2):
        content = archive({"a": content})
    (tmp_path / "deep.zip").write_bytes(content)
    finds, unread = found(tmp_path)
    assert finds == []
    assert "nested deeper" in unread[0].why


def test_a_bomb_is_left_before_it_has_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SMALL", 1 << 20)
    (tmp_path / "bomb.zip").write_bytes(archive({"a.txt": b"0123" * (1 << 20), "b.txt": LABELLED}))
    (tmp_path / "good.txt").write_text(LABELLED, encoding="utf-8")
    finds, unread = found(tmp_path)
    assert [Path(one.path).name for one in finds] == ["good.txt"]
    assert "limit" in unread[0].why


def test_links_are_not_followed_and_a_loop_ends(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    (inside / "sub").mkdir(parents=True)
    (inside / "a.txt").write_text(LABELLED, encoding="utf-8")
    (inside / "sub" / "loop").symlink_to(inside)
    (inside / "sub" / "nowhere").symlink_to(inside / "missing")
    (inside / "sub" / "out").symlink_to(tmp_path)
    (inside / "pipe").touch()
    os.mkfifo(inside / "fifo")
    finds, unread = found(inside)
    assert len(finds) == 1
    assert sorted((Path(one.path).name, one.why.split(",")[0]) for one in unread) == [
        ("fifo", "no ordinary file"),
        ("nowhere", "a link that leads nowhere"),
        ("out", "a link to somewhere else"),
    ]


def test_a_name_written_on_a_japanese_windows(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/" + "名簿.txt".encode("cp932"), "wb") as file:
        file.write(LABELLED.encode())
    (find,), _ = found(tmp_path)
    assert find.path == f"{tmp_path}/名簿.txt"


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    assert found(tmp_path / "missing") == ([], [Unread(str(tmp_path / "missing"), "no such file")])


def test_a_line_without_end_and_noise_need_little(tmp_path: Path) -> None:
    (tmp_path / "line.txt").write_bytes(b"x1" * (3 << 20) + LABELLED.encode() + b"y2" * (3 << 20))
    (tmp_path / "noise").write_bytes(os.urandom(1 << 20))
    finds, _ = found(tmp_path)
    labelled = [one for one in finds if one.confidence is Confidence.LIKELY]
    assert [(one.location.line, one.location.column) for one in labelled] == [(1, (6 << 20) + 6)]


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / f"{number}.txt").write_text(f"{LABELLED}\n" * number, encoding="utf-8")
    alone, together = found(tmp_path), found(tmp_path, jobs=3)
    assert len(alone[0]) == sum(range(30))
    places = [sorted((one.path, one.location.line) for one in finds) for finds, _ in (alone, together)]
    assert places[0] == places[1]


def dying(path: str) -> Iterator[Find | Unread]:
    """Die on one file, as a reader written in C might."""
    if path.endswith("bad"):
        os._exit(11)
    yield Unread(path, "read")


def test_a_worker_that_dies_costs_one_file() -> None:
    results = list(Workers(2).results(iter(["a", "bad", "b", "c", "d"]), dying, lambda _: None))
    assert sorted((one.path, getattr(one, "why", "")) for one in results) == [
        ("a", "read"),
        ("b", "read"),
        ("bad", "the reader of this kind of file crashed"),
        ("c", "read"),
        ("d", "read"),
    ]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([*KINDS]), st.integers(0, 10**6), st.binary(max_size=8), st.integers(0, 10**6))
def test_a_damaged_file_is_read_or_told(tmp_path: Path, name: str, at: int, bad: bytes, cut: int) -> None:
    content = bytearray(KINDS[name][0])
    at %= len(content)
    content[at : at + len(bad)] = bad
    (tmp_path / "file").write_bytes(bytes(content[: 1 + cut % len(content)]))
    found(tmp_path / "file")


def test_what_is_larger_than_memory_may_hold_is_read_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (limits, files):
        monkeypatch.setattr(module, "WHOLE", 1 << 12)
    noise = os.urandom(1 << 14)
    (tmp_path / "a.zip").write_bytes(archive({"noise.png": noise, "a.txt": LABELLED}))
    with sqlite3.connect(tmp_path / "b.db") as database:
        database.execute("CREATE TABLE staff (mynumber TEXT, note TEXT)")
        database.executemany("INSERT INTO staff VALUES (?, ?)", [(NUMBER, noise.hex())])
    database.close()
    one = b"From a@example.jp Thu Nov 26 10:00:00 2026\n" + mail() + b"\n"
    large = one.replace("長い行".encode(), b"").replace(b"\n\n", b"\n\n" + b"x" * (1 << 13), 1)
    (tmp_path / "c.mbox").write_bytes(one * 20 + large + one)
    finds, unread = found(tmp_path)
    assert Counter(Path(one.path.split("!")[0]).name for one in finds) == {"a.zip": 1, "b.db": 1, "c.mbox": 42}
    assert [Path(one.path).parent.name for one in unread if "binary" not in one.why] == ["21"]
