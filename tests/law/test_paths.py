"""A refusal names the steps of the commission where the law data list its act, and no penalty without its elements."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from mynumber.law.asking.topics import decide
from mynumber.law.rulings import Refused
from mynumber.law.statute import Law, current
from tests.law.source import LAW, Row, changed, table
from tools.build_law import build_law

SENTENCES = yaml.load((LAW / "cases.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["cases"]
# The act that a refusal of a topic stands for; where it depends, a function of the sentence.
ACTS: Mapping[str, str] = {
    "use": "use_outside_purpose",
    "entrustment": "re_entrust_without_permission",
    "identity": "accept_number_without_identity_check",
    "pia": "link_without_published_pia",
}
BY_REASON = {"must_report": "no_leak_report", "assessment_unpublished": "link_without_published_pia"}


def act_of(topic: str, reason: str, given: Mapping[str, str]) -> str:
    """Return the act of a refused sentence, or nothing if it is none that the commission acts on."""
    if topic in ("ground", "household", "ordinance"):
        return given["act"]
    return ACTS.get(topic, BY_REASON.get(reason.partition(":")[0], ""))


def paths_of(act: str, rows: list[Row]) -> str:
    return ";".join(row["path_id"] for row in rows if act in row["acts"].split(";"))


TOPICS = [*ACTS, "ground", "household", "ordinance", "leak", "linkage", "retention", "dependants", "forbidden_ask"]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_refusal_names_the_path_of_its_act(topic: str) -> None:
    rows, refused = table("breach_paths"), 0
    for sentence in (one for one in SENTENCES if one["topic"] == topic):
        decision = decide(topic, sentence["given"], current())
        refused += isinstance(decision, Refused)
        assert decision.penalty == "", sentence["id"]
        expected = (
            paths_of(act_of(topic, decision.reason, sentence["given"]), rows) if isinstance(decision, Refused) else ""
        )
        assert decision.path == expected, sentence["id"]
        assert ("commission may act" in decision.explanation.en) == bool(expected)
    assert refused


def test_an_act_that_no_path_lists_has_none(tmp_path: Path) -> None:
    def without_reuse(rows: list[Row]) -> list[Row]:
        return [row | {"acts": row["acts"].replace("use_outside_purpose;", "")} for row in rows]

    law = changed(tmp_path / "law", "breach_paths", without_reuse)
    assert build_law(law, tmp_path / "data").errors == []
    changed_law = Law.load(tmp_path / "data")
    given = {"user": "jps", "use_row": "1"}
    before, after = decide("use", given, current()), decide("use", given, changed_law)
    assert (before.reason, before.path, after.reason, after.path) == (after.reason, "BP1", before.reason, "")
