"""A line taken out of the law, rebuilt: exactly its rulings flip, and no others."""

import random
from pathlib import Path

import pytest

from mynumber.law.compiling import compile_table
from mynumber.law.deciding.linkage import rule
from mynumber.law.rulings import Allowed
from mynumber.law.statute import Law, current
from tests.law.source import ON, PLAIN, Asked, Plain, at, changed, question, table
from tools.build_law import build_law

LINES, DETAILS = table("linkages"), table("linkage_details")
# Drawn once for all. L107-2 shares its procedure with another row; L123-2-1 is the only line of its row.
CHANCE = random.Random(20260614)
SOME_LINES = ["L107-2", "L123-2-1", *CHANCE.sample([row["linkage_id"] for row in LINES], 4)]
# The only line of its item, the only line with its relations, one that two others repeat, and two by chance.
SOME_DETAILS = {"D1-0003": True, "D1-0002": True, "D107-1636": False}
CHANCE_DETAILS = CHANCE.sample([row["detail_id"] for row in DETAILS if row["line_kind"] == "item"], 2)


def without(name: str, line: str, folder: Path) -> Law:
    """Take one line out, rebuild, load."""
    key = next(iter(table(name)[0]))
    law = changed(folder / "law", name, lambda rows: [row for row in rows if row[key] != line])
    assert build_law(law, folder / "data").errors == []
    return Law.load(folder / "data")


def allowed(law: Law, asked: Asked) -> bool:
    return isinstance(rule(question(asked), law), Allowed)


def flipped(law: Law, after: Plain, row: str) -> int:
    """Compare all questions around a row with the plain tables, before and after; return how many flipped."""
    flips = 0
    for asked in PLAIN.around(row):
        granted_before, granted_after = bool(PLAIN.granted_by(asked)), bool(after.granted_by(asked))
        assert allowed(current(), asked) == granted_before, asked
        assert allowed(law, asked) == granted_after, asked
        flips += granted_before != granted_after
    return flips


@pytest.mark.parametrize("line", SOME_LINES)
def test_a_linkage_line(line: str, tmp_path: Path) -> None:
    law = without("linkages", line, tmp_path)
    kept = [row for row in LINES if row["linkage_id"] != line]
    row = next(row["row_no"] for row in LINES if row["linkage_id"] == line)
    assert flipped(law, Plain(kept, DETAILS), row)
    assert all(rule(at(other), law) == rule(at(other), current()) for other in kept if other["row_no"] != row)


@pytest.mark.parametrize("line", [*SOME_DETAILS, *CHANCE_DETAILS])
def test_a_detail_line(line: str, tmp_path: Path) -> None:
    law = without("linkage_details", line, tmp_path)
    kept = [row for row in DETAILS if row["detail_id"] != line]
    row = next(row["row_no"] for row in DETAILS if row["detail_id"] == line)
    flips = flipped(law, Plain(LINES, kept), row)
    assert bool(flips) == SOME_DETAILS.get(line, bool(flips))


def test_the_signed_table_loses_the_same_rulings(tmp_path: Path) -> None:
    members = {"municipality": ["city-a"], "jps": ["pension"], "isa": ["border"]}
    before = compile_table(members, on=ON)["rows"]
    after = compile_table(members, on=ON, law=without("linkages", "L107-2", tmp_path))["rows"]
    lost = [row for row in before if row not in after]
    assert [(row["from"], row["to"], row["procedure"], row["items"]) for row in lost] == [
        ("municipality", "jps", "link-107", ["pension/recipient"])
    ]
    assert [row for row in after if row not in before] == []


@pytest.mark.parametrize("name", ["uses", "linkage_pairs", "identity", "grounds", "pia", "forbidden_asks"])
def test_other_lines_can_be_taken_out_alone(name: str, tmp_path: Path) -> None:
    law = changed(tmp_path / "law", name, lambda rows: rows[1:])
    assert build_law(law, tmp_path / "data").errors == []


def test_pairs_follow_the_lines_and_the_build_says_so(tmp_path: Path) -> None:
    law = changed(tmp_path / "law", "linkages", lambda rows: rows[1:])
    build = build_law(law, tmp_path / "data")
    assert [warning for warning in build.warnings if "linkage_pairs" in warning]
    assert "L1-1" not in {row["linkage_id"] for row in build.tables["linkage_pairs"]}
