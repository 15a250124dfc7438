"""What a scan hands to the report of an incident: each person once, however many files hold the number."""

import json
import random
import subprocess
import sys
from pathlib import Path

from mynumber.scanner.finds import Find, Location
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting.summing import Summary
from tests.scanner.corpus import number
from tests.scanner.test_cli import scan

KNOWN = "2026-12-01"


def asked(lines: bytes) -> dict[str, object]:
    program = "from mynumber.cli.main import main; main()"
    command = [sys.executable, "-c", program, "law", "ask", "leak", "--given", "-", "--known", KNOWN, "--json"]
    told = subprocess.run(command, input=lines, capture_output=True, check=False, timeout=120)
    found: dict[str, object] = json.loads(told.stdout)
    return found


def test_a_person_in_several_files_is_one(tmp_path: Path) -> None:
    rng = random.Random(7)
    people = [number(rng) for _ in range(101)]
    rows = "".join(f"{at},{one}\n" for at, one in enumerate(people))
    (tmp_path / "a.csv").write_text(f"番,個人番号\n{rows}", encoding="utf-8")
    (tmp_path / "copy.csv").write_text(f"番,個人番号\n{rows}", encoding="cp932")
    (tmp_path / "mail.txt").write_text(f"個人番号 {people[0][:4]}-{people[0][4:8]}-{people[0][8:]}", encoding="utf-8")
    told = asked(scan(str(tmp_path), "--format", "json", "--jobs", "1").stdout)
    assert told["scan"] == {"persons": 101, "files": 3, "possible": 0, "unread": 0}
    assert told["known"] == KNOWN
    classes = told["classes"]
    assert isinstance(classes, list)
    # More than a hundred persons bring a class by themselves; the others need what no scan knows.
    sure = [one for one in classes if one["if"] is None]
    assert len(sure) == 1
    assert sure[0]["prompt"]["last"] <= sure[0]["final"]["last"]
    assert told["reason"] == f"must_report:{sure[0]['class']}"
    (tmp_path / "a.csv").unlink()
    (tmp_path / "copy.csv").unlink()
    few = asked(scan(str(tmp_path), "--format", "json", "--jobs", "1").stdout)
    assert few["reason"] == "facts_missing"


def test_a_copy_of_a_column_counts_once_and_nobody_without_a_number_is_left_out() -> None:
    def column(path: str, kind: str, digits: str) -> Find:
        place = Location(line=2, column=1)
        return Find(path, place, kind, Confidence.CERTAIN, "400 values", digits, 400, in_table=True)

    summary = Summary()
    for path in ("a.csv", "b.csv"):
        summary.take(column(path, "converted", "123456789018"))
    assert summary.persons == 400
    for path in ("a.csv", "b.csv"):
        summary.take(column(path, "code", ""))
    assert summary.persons == 1200
