"""What a scan found goes into the law by a pipe, and comes out as the start of an incident report."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mynumber.law import ask
from mynumber.law.rulings import Allowed, Refused
from tests.scanner.test_converting import numbers

PROGRAM = f"{sys.executable} -c 'from mynumber.cli.main import main; main()'"


def piped(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    scan = f"{PROGRAM} scan {folder} --format json --jobs 1"
    told = f"{PROGRAM} law ask leak --given - --known 2026-12-01 {' '.join(options)}"
    return subprocess.run(f"{scan} | {told}", shell=True, capture_output=True, text=True, check=False)


def asked(given: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from mynumber.cli.main import main; main()", "law", "ask", "leak", "--given", "-"]
    return subprocess.run([*command, *options], input=given, capture_output=True, text=True, check=False)


def found(folder: Path, persons: int) -> Path:
    rows = "".join(f"{value}\n" for value in numbers(persons))
    (folder / "a.csv").write_text(f"個人番号\n{rows}", encoding="utf-8")
    return folder


@pytest.mark.parametrize(("persons", "sure"), [(100, False), (101, True)])
def test_more_than_a_hundred_persons_must_be_reported_whatever_else_is_so(
    tmp_path: Path, persons: int, sure: bool
) -> None:
    told = piped(found(tmp_path, persons), "--json")
    said = json.loads(told.stdout)
    assert told.returncode == 1
    assert said["scan"]["persons"] == persons
    conditions = {one["class"]: one["if"] is not None for one in said["classes"]}
    assert conditions == {"LK1": True, "LK2": True, "LK3": True} | ({"LK4": False} if sure else {})
    expected = ("refused", "must_report:LK4") if sure else ("undecidable", "facts_missing")
    assert (said["expect"], said["reason"]) == expected


def test_the_classes_are_those_of_the_question_itself(tmp_path: Path) -> None:
    said = json.loads(piped(found(tmp_path, 20), "--json").stdout)
    plain = {
        "system": "private_related_system",
        "wrongful_purpose": False,
        "visible_to_unspecified_many": False,
        "advanced_encryption": False,
        "action": "no_report",
        "persons": said["scan"]["persons"],
    }
    assert isinstance(ask("leak", plain), Allowed)
    changed: dict[str, dict[str, object]] = {
        "LK1": {"system": "network"},
        "LK2": {"wrongful_purpose": True},
        "LK3": {"visible_to_unspecified_many": True},
    }
    for name, fact in changed.items():
        decision = ask("leak", plain | fact)
        assert isinstance(decision, Refused)
        assert decision.reason == f"must_report:{name}"


def test_days_are_those_of_the_calendar(tmp_path: Path) -> None:
    said = json.loads(piped(found(tmp_path, 20), "--json").stdout)
    last = {one["class"]: (one["prompt"]["last"], one["final"]["last"]) for one in said["classes"]}
    # 30 and 60 days; the end of the year is closed.
    assert last == {
        "LK1": ("2026-12-07", "2027-01-04"),
        "LK2": ("2026-12-07", "2027-01-29"),
        "LK3": ("2026-12-07", "2027-01-04"),
    }


@pytest.mark.parametrize(("lang", "words"), [("ja", "まだ漏えいではありません"), ("en", "A find is no leak yet")])
def test_people_are_told_what_is_known_and_what_to_add(tmp_path: Path, lang: str, words: str) -> None:
    told = piped(found(tmp_path, 20), "--lang", lang)
    assert words in told.stdout
    assert "20" in told.stdout.splitlines()[0]
    given = told.stdout[told.stdout.index("persons: 20") :]
    whole = given.replace("system: null", "system: network").replace("null", "false")
    assert "must_report:LK1" in asked(whole).stdout


def test_nothing_found_and_all_read_is_nothing_to_report(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("nothing here", encoding="utf-8")
    told = piped(tmp_path, "--json")
    said = json.loads(told.stdout)
    assert (told.returncode, said["expect"], said["classes"]) == (0, "allowed", [])


def test_what_was_not_read_leaves_the_question_open(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4\nbroken")
    told = piped(tmp_path, "--json")
    assert (told.returncode, json.loads(told.stdout)["expect"]) == (1, "undecidable")


@pytest.mark.parametrize("given", ['{"type": "find"}\n', '{"type": "summary"}', '{"error": {"code": "X"}}'])
def test_a_scan_that_was_cut_is_no_answer(given: str) -> None:
    told = asked(given, "--json")
    assert (told.returncode, json.loads(told.stdout)["error"]["code"]) == (2, "LAW_SCAN")
