"""Columns of codes are found by what they have in common; a lone value, and values of other kinds, are none."""

import base64
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.codes import group
from mynumber.codes.decoding import is_point
from mynumber.codes.errors import ProtocolError
from mynumber.scanner.finds import Find
from mynumber.scanner.scan import scan

# What offices of the example in PROTOCOL.md section 1 hold.
WARD = bytes.fromhex("c016c69f7b90ea2d3e81f28b8c73c57ee29c62f60d5d0388f1b0dc5d77ef4640")
TEXTS: dict[str, Callable[[bytes], str]] = {
    "base64url": lambda code: base64.urlsafe_b64encode(code).decode().rstrip("="),
    "base64": lambda code: base64.b64encode(code).decode(),
    "hex": bytes.hex,
}


def codes(count: int) -> list[bytes]:
    rng = random.Random(4)
    return [bytes(group.from_hash(rng.randbytes(64))) for _ in range(count)]


def others(count: int, size: int = 32) -> list[bytes]:
    rng = random.Random(5)
    return [rng.randbytes(size) for _ in range(count)]


def found(path: Path) -> list[Find]:
    return [one for one in scan([str(path)]) if isinstance(one, Find) and one.kind == "code"]


def libsodium_takes(data: bytes) -> bool:
    try:
        group.point(data)
    except ProtocolError:
        return False
    return True


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_any_bytes_are_judged_as_libsodium_judges_them(data: bytes) -> None:
    assert is_point(data) is libsodium_takes(data)


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=64, max_size=64).filter(any))
def test_every_point_is_one_and_its_neighbours_are_as_libsodium_says(digest: bytes) -> None:
    code = bytes(group.from_hash(digest))
    assert is_point(code)
    for bit in (0, 7, 254, 255):
        bent = (int.from_bytes(code, "little") ^ 1 << bit).to_bytes(32, "little")
        assert is_point(bent) is libsodium_takes(bent)


@pytest.mark.parametrize("data", [bytes(32), b"", bytes(31), WARD + b"\0", (2**255 - 19).to_bytes(32, "little")])
def test_what_is_no_point(data: bytes) -> None:
    assert is_point(WARD)
    assert not is_point(data)


@pytest.mark.parametrize("shape", TEXTS)
@pytest.mark.parametrize("form", ["csv", "jsonl", "log"])
def test_a_column_of_codes_is_one_find(tmp_path: Path, shape: str, form: str) -> None:
    for name, values in (("codes", codes(40)), ("others", others(40))):
        texts = [TEXTS[shape](value) for value in values]
        lines = {
            "csv": ["id,person,n", *(f"{i},{text},x" for i, text in enumerate(texts))],
            "jsonl": [json.dumps({"id": i, "person": text, "n": "x"}) for i, text in enumerate(texts)],
            "log": [f"09:00 asked about person={text} for links" for text in texts],
        }
        (tmp_path / name).write_text("\n".join(lines[form]), encoding="utf-8")
    (find,) = found(tmp_path)
    assert (find.path, find.count, find.location.line) == (f"{tmp_path}/codes", 40, 2 if form == "csv" else 1)


def test_a_few_codes_are_not_told_from_chance(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join(TEXTS["hex"](code) for code in codes(7)), encoding="utf-8")
    assert found(tmp_path) == []


@pytest.mark.parametrize(("header", "size", "expected"), [("code", 32, 1), ("wrapped_code", 48, 1), ("blob", 48, 0)])
def test_codes_in_a_database(tmp_path: Path, header: str, size: int, expected: int) -> None:
    with sqlite3.connect(tmp_path / "office.db") as database:
        database.execute(f"CREATE TABLE persons (ref TEXT, {header} BLOB)")
        values = codes(30) if size == 32 else others(30, size)
        database.executemany("INSERT INTO persons VALUES ('x', ?)", [(value,) for value in values])
    database.close()
    finds = found(tmp_path)
    assert [one.location.key for one in finds] == [f"persons.{header}[1]"] * expected


def test_codes_are_found_without_libsodium(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join(TEXTS["hex"](code) for code in codes(20)), encoding="utf-8")
    program = (
        "import sys; sys.modules['pysodium'] = None; from mynumber.cli.main import main; "
        f"sys.argv = ['mynumber', 'scan', {str(tmp_path)!r}, '--format', 'sarif', '--jobs', '1']; main()"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    (result,) = json.loads(told.stdout)["runs"][0]["results"]
    assert (told.returncode, result["ruleId"]) == (1, "code")
