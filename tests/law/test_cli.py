"""`mynumber law` speaks as DOORS says."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from mynumber.cli.main import main
from tests.law.source import LAW
from tests.law.test_sentences import LINKAGE

QUESTION = {
    "requester": "municipality",
    "provider": "jps",
    "procedure": "proc-106",
    "row": "107",
    "item": "pension",
    "date": "2026-07-01",
    "pia_requester": "published",
    "pia_provider": "published",
    "notice": "valid",
    "subject": "recipient",
}


def law(*arguments: str, given: object = None) -> Result:
    return CliRunner().invoke(main, ["law", *arguments], input=yaml.dump(given, allow_unicode=True))


def test_all_sentences_of_one_topic() -> None:
    result = law("cases", str(LAW / "cases.yaml"), "--topic", "linkage")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "128 sentences, 0 otherwise"


def test_a_sentence_otherwise_ends_with_1() -> None:
    document = {"in_force_on": "2026-06-14", "cases": [LINKAGE[0], LINKAGE[1] | {"expect": "refused"}]}
    result = law("cases", "-", given=document)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "C002  linkage: expected refused row_match, got allowed row_match",
        "2 sentences, 1 otherwise",
    ]
    as_json = law("cases", "-", "--json", given=document)
    assert as_json.exit_code == 1
    told = json.loads(as_json.stdout)
    assert (told["sentences"], told["otherwise"], told["failures"][0]["id"]) == (2, 1, "C002")


def test_all_sentences_of_all_topics() -> None:
    result = law("cases", str(LAW / "cases.yaml"))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["656 sentences, 0 otherwise"]


@pytest.mark.parametrize("topic", [[], ["--topic", "linkage"]])
def test_an_unknown_topic_is_never_left_out(topic: list[str]) -> None:
    result = law("cases", "-", *topic, given={"cases": [LINKAGE[0], LINKAGE[1] | {"topic": "weather"}]})
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "2 sentences, 1 otherwise"


def test_an_impossible_day_is_one_wrong_sentence() -> None:
    text = yaml.dump({"cases": LINKAGE[:2]}).replace("date: '2026-11-12'", "date: 2026-02-30")
    assert "2026-02-30" in text
    result = CliRunner().invoke(main, ["law", "cases", "-"], input=text)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "2 sentences, 1 otherwise"


@pytest.mark.parametrize("text", ["{", "a: [", "\x00"])
def test_a_file_that_is_no_yaml_is_wrong_use(text: str, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(text, encoding="utf-8")
    assert law("cases", str(tmp_path / "broken.yaml")).exit_code == 2
    assert law("cases", str(tmp_path / "missing.yaml")).exit_code == 2


def test_ask_allowed() -> None:
    result = law("ask", "linkage", "--given", "-", "--json", given=QUESTION)
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["expect"], told["reason"]) == ("allowed", "subject_in_detail")
    assert "506M60004008009 Art.2 row 107" in told["references"]
    assert set(told["explanation"]) == {"ja", "en"}


@pytest.mark.parametrize(
    ("change", "expect"),
    [({"subject": "child"}, "refused"), ({"procedure": "proc-87", "row": 87}, "undecidable")],
)
def test_ask_not_allowed_ends_with_1(change: dict[str, object], expect: str) -> None:
    result = law("ask", "linkage", "--given", "-", "--lang", "ja", given=QUESTION | change)
    assert result.exit_code == 1
    assert result.stdout.startswith(f"{expect}: ")
    assert "。" in result.stdout


@pytest.mark.parametrize("change", [{"who": "me"}, {"item": "secrets"}, {"date": "soon"}])
def test_ask_with_an_unknown_word_is_wrong_use(change: dict[str, object]) -> None:
    result = law("ask", "linkage", "--given", "-", "--json", given=QUESTION | change)
    assert result.exit_code == 2
    assert set(json.loads(result.stdout)["error"]) == {"code", "message", "hint"}


def test_ask_an_unknown_topic() -> None:
    assert law("ask", "weather", "--given", "-", given={}).exit_code == 2


COMPLETE = ["numbers_staff", "provide", "my_number", "learned_in_work", "wrongful_gain_self"]


@pytest.mark.parametrize("absent", [None, *COMPLETE])
def test_ask_names_a_penalty_only_if_all_elements_are_given(absent: str | None) -> None:
    given = {"facts": [one for one in COMPLETE if one != absent], "claim": {"penalty": "P49"}, "breach": "provide"}
    result = law("ask", "penalty_elements", "--given", "-", "--json", given=given)
    told = json.loads(result.stdout)
    assert (told.get("penalty"), told.get("path")) == (("P49", None) if absent is None else (None, "BP1"))
    assert result.exit_code == (0 if absent is None else 1)
    said = law("ask", "penalty_elements", "--given", "-", given=given).stdout
    assert ("penalty: P49" in said, "path: BP1" in said) == (absent is None, absent is not None)


def test_the_lines_of_the_table() -> None:
    choice = ("--inquirer", "municipality", "--provider", "jps", "--item", "pension")
    result = law("table", "linkages", *choice, "--json")
    assert result.exit_code == 0
    rows = {row["id"]: row for row in json.loads(result.stdout)["rows"]}
    assert rows["L107-2"]["items"] == {"pension": ["recipient"]}
    assert rows["L107-2"]["procedure"] == "link-107"
    assert "link-107  児童手当" in law("table", "linkages", *choice, "--lang", "ja").stdout
    assert len(json.loads(law("table", "linkages", "--json").stdout)["rows"]) == 481


def test_an_unknown_role_of_the_table_is_wrong_use() -> None:
    assert law("table", "linkages", "--inquirer", "nobody").exit_code == 2
    assert law("table", "linkages", "--item", "secrets").exit_code == 2
