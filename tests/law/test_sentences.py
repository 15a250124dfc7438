"""The sentences of cases.yaml come out as they say; a sentence that says something unknown never passes."""

import copy
from collections.abc import Callable

import pytest
import yaml

from mynumber.law.asking.sentences import run, sentences_of, topic_of
from mynumber.law.asking.topics import TOPICS
from mynumber.law.statute import current
from mynumber.plumbing.errors import WrongUse
from tests.law.source import LAW

Case = dict[str, object]

DOCUMENT = yaml.load((LAW / "cases.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
LINKAGE: list[Case] = [case for case in DOCUMENT["cases"] if case["topic"] == "linkage"]


def test_all_linkage_sentences_come_out_as_they_say() -> None:
    outcome = run(current(), LINKAGE)
    assert outcome.otherwise == ()
    assert outcome.sentences == 128


def test_all_sentences_come_out_as_they_say() -> None:
    outcome = run(current(), sentences_of(DOCUMENT))
    assert outcome.otherwise == ()
    assert outcome.sentences == 656


def test_every_topic_of_the_file_is_known() -> None:
    assert set(map(topic_of, sentences_of(DOCUMENT))) == set(TOPICS)


@pytest.mark.parametrize("member", ["expect", "reason", "because"])
def test_each_sentence_turned_round_is_otherwise(member: str) -> None:
    turned = {"allowed": "refused", "refused": "allowed"}
    changes: dict[str, Callable[[Case], object]] = {
        "expect": lambda case: turned[str(case["expect"])],
        "reason": lambda case: "ground_met",
        "because": lambda case: ["506M60004008009 Art.2 row 157"],
    }
    changed = [case | {member: changes[member](case)} for case in LINKAGE]
    assert len(run(current(), changed).otherwise) == 128


def test_every_reference_of_because_counts() -> None:
    changed = [case | {"because": [*case["because"], "FAQ Q5-8"]} for case in LINKAGE]  # type: ignore[misc]
    assert len(run(current(), changed).otherwise) == 128


def test_id_and_text_decide_nothing() -> None:
    changed = [case | {"id": f"X{number}", "text": ""} for number, case in enumerate(reversed(LINKAGE))]
    assert run(current(), changed).otherwise == ()


def without(name: str) -> Callable[[Case], object]:
    return lambda case: {member: value for member, value in case.items() if member != name}


def with_given(**change: object) -> Callable[[Case], object]:
    return lambda case: case | {"given": case["given"] | change}  # type: ignore[operator]


WRONG: dict[str, Callable[[Case], object]] = {
    "no object": lambda case: "C001",
    "no id": without("id"),
    "no reason": without("reason"),
    "no because": lambda case: case | {"because": []},
    "because is a text": lambda case: case | {"because": "506M60004008009 Art.2 row 142"},
    "an unknown member": lambda case: case | {"note": ""},
    "an unknown topic": lambda case: case | {"topic": "weather"},
    "a topic that is no text": lambda case: case | {"topic": ["linkage"]},
    "an unknown expectation": lambda case: case | {"expect": "undecidable"},
    "no given": lambda case: case | {"given": None},
    "an unknown key": with_given(who="anybody"),
    "an unknown role": with_given(requester="nobody"),
    "an unknown item": with_given(item="secrets"),
    "an unknown procedure": with_given(procedure="proc-999"),
    "an unknown row": with_given(row="999"),
    "an unknown relation": with_given(subject="friend"),
    "an unknown state of an assessment": with_given(pia_provider="soon"),
    "an unknown state of the notice": with_given(notice="late"),
    "no day": with_given(date="2026-02-30"),
    "a day in another form": with_given(date="20260701"),
    "a role that is no text": with_given(provider=["moj"]),
    "a row that is no text": with_given(row=True),
}


@pytest.mark.parametrize("lie", WRONG)
def test_what_is_unknown_fails(lie: str) -> None:
    outcome = run(current(), [WRONG[lie](copy.deepcopy(LINKAGE[0])), LINKAGE[1]])
    assert outcome.sentences == 2
    assert len(outcome.otherwise) == 1
    assert outcome.otherwise[0].why


@pytest.mark.parametrize("member", ["requester", "pia_provider", "date", "notice"])
def test_a_missing_member_fails(member: str) -> None:
    case = copy.deepcopy(LINKAGE[0])
    del case["given"][member]  # type: ignore[attr-defined]
    assert len(run(current(), [case]).otherwise) == 1


@pytest.mark.parametrize("document", [None, [], {"cases": {}}, {"sentences": []}, {"cases": [], "more": 1}])
def test_other_documents_are_wrong_use(document: object) -> None:
    with pytest.raises(WrongUse):
        sentences_of(document)
