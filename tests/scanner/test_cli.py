"""`mynumber scan` speaks as DOORS says, and shows no digit that nobody asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

NUMBER = "123456789018"


def scan(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    program = "from mynumber.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "scan", *arguments], input=given, capture_output=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text(f"一行目\n個人番号 {NUMBER}\n", encoding="utf-8")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4\nbroken")
    (tmp_path / "c.txt").write_text("nothing here", encoding="utf-8")
    return tmp_path


def test_json_is_one_object_a_line(folder: Path) -> None:
    told = scan(str(folder), "--format", "json", "--jobs", "1")
    assert told.returncode == 1
    find, unread, summary = [json.loads(line) for line in told.stdout.splitlines()]
    assert find.pop("reason").endswith("label 個人番号")
    assert find.pop("law")["counts_as"] == "my_number"
    assert find == {
        "type": "find",
        "path": f"{folder}/a.txt",
        "location": {"line": 2, "column": 6},
        "kind": "my_number",
        "confidence": "likely",
        "masked": "*" * 12,
    }
    assert unread == {"type": "unread", "path": f"{folder}/b.pdf", "why": "a broken PDF"}
    assert (summary["type"], summary["files"], summary["persons"], summary["unread"]) == ("summary", 3, 1, 1)


@pytest.mark.parametrize("form", ["json", "text"])
def test_digits_are_shown_only_where_they_were_asked_for(folder: Path, form: str) -> None:
    masked, revealed = scan(str(folder), "--format", form), scan(str(folder), "--format", form, "--reveal")
    assert NUMBER.encode() not in masked.stdout + masked.stderr
    assert NUMBER.encode() in revealed.stdout


@pytest.mark.parametrize(("name", "status"), [("a.txt", 1), ("b.pdf", 3), ("c.txt", 0), ("missing", 3), ("", 1)])
def test_the_exit_status(folder: Path, name: str, status: int) -> None:
    assert scan(str(folder / name)).returncode == status


def test_standard_input() -> None:
    told = scan("-", "--format", "json", given=f"x マイナンバー：{NUMBER}".encode("cp932"))
    assert told.returncode == 1
    assert json.loads(told.stdout.splitlines()[0])["location"] == {"line": 1, "column": 10}
    assert scan("-", ".").returncode == 2


def test_what_is_left_by_a_reader_that_goes_away_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "many.txt").write_text(f"個人番号 {NUMBER}\n" * 20_000, encoding="utf-8")
    program = f"{sys.executable} -c 'from mynumber.cli.main import main; main()' scan {tmp_path} | head -1"
    told = subprocess.run(program, shell=True, capture_output=True, check=False)
    assert b"Traceback" not in told.stderr
