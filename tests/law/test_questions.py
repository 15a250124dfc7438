"""Whoever is asked is told what is meant: a sentence for every member of every topic, a name for every word."""

from collections.abc import Iterator, Mapping

import pytest

from mynumber.law.asking.choices import choices_of, choices_of_part
from mynumber.law.asking.members import Member
from mynumber.law.asking.topics import TOPICS
from mynumber.law.rulings import Text
from mynumber.law.statute import current
from mynumber.law.wording.questioning import Asking, phrases, questions

JAPANESE = range(0x3000, 0x9FFF + 1)
MEMBERS = [(topic, member.name) for topic, rule in TOPICS.items() for member in rule.members()]


def member_of(topic: str, name: str) -> tuple[Member, Asking]:
    member = next(one for one in TOPICS[topic].members() if one.name == name)
    return member, questions(topic).members[name]


def japanese(text: str) -> bool:
    return any(ord(one) in JAPANESE for one in text)


def in_both_languages(text: Text) -> bool:
    return japanese(text.ja) and named_in_both(text)


def named_in_both(text: Text) -> bool:
    """Return whether both are there; a name (XOR) may be the same letters in Japanese."""
    return bool(text.ja) and bool(text.en) and not japanese(text.en)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_member_is_asked_and_nothing_else(topic: str) -> None:
    assert set(questions(topic).members) == {member.name for member in TOPICS[topic].members()}
    assert in_both_languages(questions(topic).about)


@pytest.mark.parametrize(("topic", "name"), MEMBERS)
def test_every_member_has_its_sentence(topic: str, name: str) -> None:
    assert in_both_languages(member_of(topic, name)[1].sentence)


def closed_words(topic: str, name: str) -> Mapping[str, Text]:
    member, asking = member_of(topic, name)
    return choices_of(member, asking, current(), {}) if member.words or member.closed else {}


@pytest.mark.parametrize(("topic", "name"), MEMBERS)
def test_every_word_has_a_name(topic: str, name: str) -> None:
    unexplained = {word: text for word, text in closed_words(topic, name).items() if not named_in_both(text)}
    assert unexplained == {}


@pytest.mark.parametrize(("topic", "name"), MEMBERS)
def test_no_word_is_explained_that_the_member_cannot_hold(topic: str, name: str) -> None:
    assert set(member_of(topic, name)[1].words) <= set(closed_words(topic, name))


def parts() -> Iterator[tuple[str, str]]:
    for topic, name in MEMBERS:
        yield from ((topic, part) for part in questions(topic).members[name].parts)


@pytest.mark.parametrize(("topic", "name"), list(parts()))
def test_every_part_of_a_claim_has_its_words(topic: str, name: str) -> None:
    part = questions(topic).members["claim"].parts[name]
    assert in_both_languages(part.name)
    if part.takes not in ("", "whole"):
        words = choices_of_part(part, current())
        assert words
        assert {word for word, text in words.items() if not in_both_languages(text)} == set()


def test_what_an_answer_depends_on_is_asked_before() -> None:
    for topic in TOPICS:
        asked: list[str] = []
        for name, asking in questions(topic).members.items():
            earlier = {
                *asking.skip_when,
                asking.skip_with,
                asking.skip_without,
                asking.only.answer if asking.only else "",
            }
            assert earlier - {""} <= set(asked), (topic, name)
            asked.append(name)


def test_the_phrases_are_in_both_languages() -> None:
    assert all(in_both_languages(phrase) for phrase in phrases().values())


def test_a_word_without_a_name_would_be_seen() -> None:
    assert not named_in_both(Text(ja="", en="something"))
    assert not named_in_both(Text(ja="何か", en="何か"))
    assert not in_both_languages(Text(ja="something", en="something"))
