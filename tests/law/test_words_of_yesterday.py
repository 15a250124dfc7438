"""A word whose last line was taken out of the law is decided by the lines left; a word of nobody is an error."""

from pathlib import Path

import pytest

from mynumber.law.asking.topics import TOPICS, decide
from mynumber.law.rulings import Allowed, Decision, Refused
from mynumber.law.statute import Law, current
from mynumber.law.words import vocabulary
from mynumber.plumbing.errors import WrongUse
from tests.law.source import Row, changed
from tools.build_law import build_law

LEAK = {
    "system": "network",
    "persons": 1,
    "wrongful_purpose": False,
    "visible_to_unspecified_many": False,
    "advanced_encryption": False,
    "action": "report",
    "final_report_day": 1,
    "report_items": [1, 2, 4, 5, 6, 7, 8, 9],
}
FILE = {"subjects": 5000, "staff": 1, "incident": False, "published": [], "file_kind": "staff_personnel"}
BLINDED = {"form": "one_time_blinded", "facts": ["fresh_random_each_time", "not_used_instead_of_number"]}
ASK: dict[str, object] = {
    "asked": "cash_card",
    "channel": "call",
    "claims_to_be": "police",
    "context": "number_or_card",
    "solicited": True,
}
OVERSEAS: dict[str, object] = {
    "who": "self",
    "channel": "face",
    "context": "overseas_resident",
    "number_proof": ["jlis_data"],
    "identity_proof": ["passport"],
}
# What is asked, the table, the line that is taken out (or the cell that loses a word), the decision before and after.
CASES: dict[str, tuple[str, dict[str, object], str, str, tuple[str, str], tuple[str, str]]] = {
    "an exempt kind of file": ("pia", FILE, "pia_exemptions", "PX1", ("yes", "exempt"), ("no", "assessment_missing")),
    "an item of a report": ("leak", LEAK, "leak_report_items", "3", ("no", "report_item_missing"), ("yes", "in_time")),
    "an ask": ("forbidden_ask", ASK, "forbidden_asks", "FA14", ("no", "never"), ("no", "no_line")),
    "a circumstance": ("identity", OVERSEAS, "identity", "I14", ("yes", "overseas"), ("no", "number_proof_missing")),
    "a row of use": (
        "use",
        {"user": "welfare_office", "use_row": "23"},
        "uses",
        "U23",
        ("yes", "use_row_match"),
        ("no", "no_use_row_for_this_user"),
    ),
    "a row of use without a procedure": (
        "use",
        {"user": "mhlw", "use_row": "43-3"},
        "uses",
        "U43-3",
        ("yes", "use_row_match"),
        ("no", "no_use_row_for_this_user"),
    ),
    "a situation": (
        "household",
        {"act": "ask_for_number", "ground": "none", "situation": "spouses_one_household"},
        "household",
        "HH02",
        ("yes", "same_household"),
        ("no", "no_ground"),
    ),
    "a path": (
        "penalty_elements",
        {"facts": [], "claim": {"path": "BP2"}, "breach": "keep_or_reuse_acquisition_number"},
        "breach_paths",
        "BP2",
        ("yes", "claim_true"),
        ("no", "claim_false"),
    ),
}


def told(decision: Decision) -> tuple[str, str]:
    return ("yes" if isinstance(decision, Allowed) else "no" if isinstance(decision, Refused) else "?", decision.reason)


def without(name: str, line: str, folder: Path) -> Law:
    law = changed(folder / "law", name, lambda rows: [row for row in rows if next(iter(row.values())) != line])
    assert build_law(law, folder / "data").errors == []
    return Law.load(folder / "data")


@pytest.mark.parametrize("name", CASES)
def test_what_is_left_decides(name: str, tmp_path: Path) -> None:
    topic, question, table, line, before, after = CASES[name]
    assert told(decide(topic, question, current())) == before
    assert told(decide(topic, question, without(table, line, tmp_path))) == after


def test_a_fact_that_frees_nothing_any_more_is_still_a_fact(tmp_path: Path) -> None:
    def less(rows: list[Row]) -> list[Row]:
        return [row | {"free_only_if": row["free_only_if"].replace("blinding_value_not_kept;", "")} for row in rows]

    law = changed(tmp_path / "law", "number_equivalents", less)
    assert build_law(law, tmp_path / "data").errors == []
    question = {**BLINDED, "facts": [*BLINDED["facts"], "blinding_value_not_kept"]}
    assert told(decide("number_form", question, Law.load(tmp_path / "data"))) == ("yes", "conditions_met")
    assert told(decide("number_form", BLINDED, Law.load(tmp_path / "data"))) == ("yes", "conditions_met")
    assert told(decide("number_form", BLINDED, current())) == ("no", "not_shown_free")


def test_today_no_word_is_possible_that_no_table_has() -> None:
    law = current()
    for topic in TOPICS.values():
        for member in topic.members():
            if member.words:
                words = {*vocabulary(law.tables, member.words.vocabulary), *member.words.also}
                assert set(member.possible(law)) == words


@pytest.mark.parametrize("name", CASES)
def test_a_word_of_nobody_is_wrong_use(name: str) -> None:
    topic, question, *_ = CASES[name]
    for member, value in question.items():
        if isinstance(value, str):
            with pytest.raises(WrongUse):
                decide(topic, question | {member: "weather"}, current())


def test_the_rows_of_use_that_are_known_without_the_table_are_those_of_the_table() -> None:
    member = next(one for one in TOPICS["use"].members() if one.name == "use_row")
    assert member.words is not None
    assert list(member.words.also) == [row["use_row"] for row in current().tables.cells("uses")]
