"""Sentences of our own, for the gaps that law/cases.yaml leaves; each file speaks of one topic, and all hold."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mynumber.law.asking.sentences import run, sentences_of
from mynumber.law.asking.topics import TOPICS, decide
from mynumber.law.rulings import Allowed
from mynumber.law.statute import current
from mynumber.plumbing.errors import WrongUse

FILES = sorted((Path(__file__).parent / "sentences").glob("*.yaml"))


@cache
def sentences(path: Path) -> list[Mapping[str, Any]]:
    return list(sentences_of(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)))  # type: ignore[arg-type]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_all_of_a_topic_hold(path: Path) -> None:
    outcome = run(current(), sentences(path))
    assert outcome.otherwise == ()
    assert outcome.sentences
    assert {one["topic"] for one in sentences(path)} == {path.stem}
    assert path.stem in TOPICS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_turned_round_is_otherwise(path: Path) -> None:
    turned = {"allowed": "refused", "refused": "allowed"}
    changed = [one | {"expect": turned[one["expect"]]} for one in sentences(path)]  # type: ignore[operator]
    assert len(run(current(), changed).otherwise) == len(changed)


def test_no_two_sentences_share_an_id() -> None:
    names = [one["id"] for path in FILES for one in sentences(path)]
    assert len(names) == len(set(names))


MEMORY = "written from memory"


@pytest.mark.parametrize(
    ("name", "doubts"),
    [
        ("O-household-01", [MEMORY]),
        ("O-household-02", ["has to be checked", MEMORY]),
        ("O-household-05", []),
        ("O-ground-14", ["Order Annex"]),
        ("O-ordinance-01", ["another affair of like content"]),
        ("O-dependants-01", [MEMORY]),
        ("O-dependants-07", ["need not be written again"]),
        ("O-forbidden_ask-02", []),
        ("O-forbidden_ask-05", [MEMORY]),
        ("O-identity-05", ["exception for tax offices"]),
        ("O-pia-12", []),
        ("O-retention-01", [MEMORY]),
        ("O-retention-02", []),
        ("O-definition-07", ["Basic Resident Register Act"]),
        ("O-number_form-06", ["no authority has decided", MEMORY]),
        ("O-number_form-09", [MEMORY]),
        ("O-general_law-01", []),
        ("O-general_law-10", [MEMORY]),
    ],
)
def test_a_doubt_of_the_data_is_told(name: str, doubts: list[str]) -> None:
    one = next(one for path in FILES for one in sentences(path) if one["id"] == name)
    told = decide(one["topic"], one["given"], current()).explanation
    assert all(doubt in told.en for doubt in doubts)
    assert (MEMORY in told.en) == (MEMORY in doubts)
    assert ("※" in told.ja) == ("Note:" in told.en)


@pytest.mark.parametrize(
    ("document", "ja", "en"),
    [
        ("RT1", "完結の日から4年", "the completion"),
        ("RT7", "翌年1月11日から7年", "January 11"),
        ("RT8", "作成の日から7年", "making"),
    ],
)
@pytest.mark.parametrize("action", ["delete", "keep"])
def test_a_period_says_when_it_begins(document: str, ja: str, en: str, action: str) -> None:
    for years in (1, 10):
        asked = {"retention": document, "years_since_start": years, "action": action}
        told = decide("retention", asked, current()).explanation
        assert (ja in told.ja, en in told.en) == (True, True), told


PIA = {"subjects": 1, "staff": 1, "incident": False, "published": [], "file_kind": "affair"}
LEAK = {
    "system": "network",
    "persons": 1,
    "wrongful_purpose": False,
    "visible_to_unspecified_many": False,
    "advanced_encryption": False,
    "action": "report",
}


def test_a_report_without_a_day_is_in_time_only_until_the_last_one() -> None:
    told = decide("leak", LEAK, current())
    assert (type(told), told.reason) == (Allowed, "in_time")
    assert ("30日以内であれば" in told.explanation.ja, "not said: it is in time within 30" in told.explanation.en) == (
        True,
        True,
    )
    assert "not said" not in decide("leak", LEAK | {"final_report_day": 30}, current()).explanation.en
    assert decide("leak", LEAK | {"final_report_day": 31}, current()).reason == "late"
    assert decide("leak", LEAK | {"report_items": []}, current()).reason == "report_item_missing"


GENERAL = {"rule_topic": "opt_out_provision", "who": "private_business"}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("use", {"user": "mhlw"}, "use_row"),
    ("use", {"user": "mhlw", "use_row": "1", "use_ground": "UG1", "facts": []}, "use_row"),
    ("use", {"user": "mhlw", "use_row": "1", "facts": []}, "use_row"),
    ("use", {"user": "mhlw", "use_ground": "UG1"}, "facts"),
    ("ground", {"act": "provide", "ground": "G3"}, "from, to, facts"),
    ("ground", {"act": "provide", "ground": "G3", "from": "subject", "facts": ["own_number"]}, "from, to, facts"),
    ("ground", {"act": "provide", "ground": "G3", "to": "employer", "facts": ["own_number"]}, "from, to, facts"),
    ("ground", {"act": "provide", "ground": "G3", "from": "subject", "to": "employer"}, "from, to, facts"),
    ("ground", {"act": "sell", "ground": "none"}, "provide"),
    ("ground", {"act": "provide", "ground": "G99"}, "G9"),
    ("ordinance", {"act": "ask_for_number", "ground": "G9", "item": "pension", "affair": ""}, "provide"),
    ("ordinance", {"act": "provide", "ground": "G8", "item": "pension", "affair": ""}, "G9"),
    ("household", {"act": "provide", "ground": "none", "same_household": True}, "situation"),
    ("household", {"act": "provide", "ground": "none", "situation": "aunt"}, "possible"),
    (
        "identity",
        {"who": "self", "channel": "face", "number_proof": ["library_card"], "identity_proof": []},
        "possible",
    ),
    ("identity", {"who": "self", "channel": "face", "number_proof": "passport", "identity_proof": []}, "a list"),
    ("identity", {"who": "self", "channel": "face", "number_proof": []}, "identity_proof"),
    ("entrustment", {"depth": 1, "has_permission_of_original_entruster": True}, "has_permission_of_direct_entruster"),
    ("dependants", {"procedure": "income_tax_dependants", "asked_by": "employer"}, "checked_by"),
    ("forbidden_ask", {"asked": "my_number", "channel": "fax"}, "claims_to_be"),
    ("pia", PIA | {"subjects": -1}, "0 or more"),
    ("pia", PIA | {"published": ["secret"]}, "focused"),
    ("pia", PIA | {"file_kind": "affairs"}, "affair"),
    ("leak", LEAK | {"final_report_day": 0}, "1 or more"),
    ("leak", LEAK | {"final_report_day": 3, "report_items": [10]}, "mean 1"),
    ("leak", LEAK | {"final_report_day": 3, "report_items": 1}, "a list"),
    ("retention", {"retention": "RT7", "years_since_start": -1, "action": "keep"}, "0 or more"),
    ("retention", {"retention": "RT77", "years_since_start": 1, "action": "keep"}, "RT7"),
    ("definition", {"data": "using_affairs", "who": ""}, "possible: my_number_narrow"),
    ("definition", {"data": "my_number_wide"}, "who"),
    ("number_form", {"form": "hash", "sense": "wide"}, "`sense` and `claim`"),
    ("number_form", {"form": "hash", "claim": "yes"}, "`sense` and `claim`"),
    ("number_form", {"form": "hash", "sense": "wide", "claim": "yes", "facts": []}, "`sense` and `claim`"),
    ("number_form", {"form": "hash", "facts": ["it_is_fine"]}, "possible"),
    ("penalty", {"penalty": "P48", "claim": {}}, "fine_max_yen"),
    ("penalty", {"penalty": "P48", "claim": {"article": "48"}}, "column"),
    ("penalty", {"penalty": "P48", "claim": {"both_possible": "perhaps"}}, "possible: no, yes"),
    ("penalty", {"penalty": "P48", "claim": {"both_possible": True}}, "neither a text nor a whole number"),
    ("penalty", {"penalty": "P48", "claim": {"fine_max_yen": "much"}}, "not a whole number"),
    ("penalty", {"penalty": "P56", "claim": {"fine_max_yen": 1}}, "P5"),
    ("penalty_elements", {"facts": [], "claim": {}}, "none: true"),
    ("penalty_elements", {"facts": [], "claim": {"none": False}}, "none: true"),
    ("penalty_elements", {"facts": [], "claim": {"penalty": "P48", "path": "BP1"}}, "none: true"),
    ("penalty_elements", {"facts": [], "claim": {"path": "BP9"}}, "BP5"),
    ("penalty_elements", {"facts": ["bad_weather"], "claim": {"none": True}}, "words are possible"),
    ("penalty_elements", {"facts": [], "claim": {"none": True}, "breach": "theft"}, "possible"),
    ("general_law", {"rule_topic": "opt_out_provision", "who": "both", "claim": {"net": "more"}}, "private_business"),
    ("general_law", {"rule_topic": "opt_out", "who": "both", "claim": {"net": "more"}}, "opt_out_provision"),
    ("general_law", GENERAL | {"claim": {"penalty_id": "P99"}}, "P4"),
    ("general_law", GENERAL | {"claim": {"effect": "worse"}}, "stricter"),
    ("general_law", GENERAL | {"claim": {"line_id": "GL01"}}, "column"),
]


@pytest.mark.parametrize(("topic", "asked", "told"), WRONG)
def test_what_cannot_be_asked_so_is_wrong_use_and_says_what_can(topic: str, asked: dict[str, Any], told: str) -> None:
    with pytest.raises(WrongUse) as raised:
        decide(topic, asked, current())
    assert told in f"{raised.value.message} {raised.value.hint}"
