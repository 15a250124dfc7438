"""Whatever is asked, the law decides or says what is wrong with the question; nothing that was typed is repeated."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.law.asking.members import Member
from mynumber.law.asking.topics import TOPICS, decide
from mynumber.law.rulings import Allowed, Refused, Undecidable
from mynumber.law.statute import current
from mynumber.plumbing.errors import WrongUse

# Twelve digits as somebody could type them into the wrong place; 0 is the check digit of no such number.
TYPED = "123456789010"
WORDS = st.sampled_from(
    [TYPED, "", "none", "any", "yes", "no", "2026-07-01", "P49", "path", "penalty", "\u0000", "１２３"]
)
ONE = st.none() | st.booleans() | st.integers(-3, 10**13) | st.floats() | WORDS
ANY = st.recursive(
    ONE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6
)


@cache
def words_of(member: Member) -> list[str]:
    return sorted(member.possible(current()))


@st.composite
def questions(draw: st.DrawFn, topic: str) -> dict[str, Any]:
    """Each member has a word that is possible, or anything; some are left out, and some are too much."""
    question: dict[str, Any] = {}
    for member in TOPICS[topic].members():
        if draw(st.integers(0, 9)) == 0:
            continue
        possible = words_of(member)
        good = st.sampled_from(possible) if possible else ONE
        question[member.name] = draw(st.one_of(st.lists(good, max_size=3) if member.many else good, ANY))
    return question | ({draw(WORDS): draw(ANY)} if draw(st.integers(0, 9)) == 0 else {})


@pytest.mark.parametrize("topic", TOPICS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_question_is_decided_or_wrong(topic: str, data: st.DataObject) -> None:
    question = data.draw(questions(topic))
    try:
        decision = decide(topic, question, current())
    except WrongUse as problem:
        told = f"{problem.message} {problem.hint}"
    else:
        told = json.dumps([decision.explanation.en, decision.explanation.ja, *decision.references])
        decided = isinstance(decision, Allowed | Refused | Undecidable)
        assert decided
    assert told.strip()
    assert TYPED not in told


@pytest.mark.parametrize("topic", TOPICS)
@given(question=ANY)
@settings(max_examples=20, deadline=None)
def test_what_is_no_object_is_wrong_use(topic: str, question: object) -> None:
    if not isinstance(question, dict):
        with pytest.raises(WrongUse):
            decide(topic, question, current())
