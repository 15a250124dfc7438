"""The law for other programs: ask a question, find the words that it can be asked in."""

from collections.abc import Mapping, Set
from datetime import date

from mynumber.law.asking.choices import choices_of
from mynumber.law.asking.topics import TOPICS, decide
from mynumber.law.rulings import Decision, Text
from mynumber.law.statute import Law, current
from mynumber.law.wording.questioning import questions
from mynumber.law.words import check


def ask(topic: str, given: Mapping[str, object], law: Law | None = None) -> Decision:
    """Ask what the law says about a case, and get the decision with its reason.

    `topic` is what the question is about, one of `topics()`. `given` describes the case, member by member; `members`
    tells which there are, `choices` what each can be. Nothing is guessed: what is not known, missing, or contradicts
    itself raises `WrongUse`, whose message and hint say what is possible.

    The decision is `Allowed` or `Refused`, or `Undecidable` where the tables do not say; whoever needs leave to act may
    act on `Allowed` alone. It carries `reason` (a fixed word), `references` (the articles, the one that decided first),
    `rows` (the lines of the tables), `explanation` (a sentence in Japanese, `.ja`, and in English, `.en`), and for a
    breach `penalty` or `path`: what may follow. For statements about the law, `Allowed` means that they are right.

    The state of the law is that of the tables, 2026-06-14, unless another `law` is given (`Law.load`). It is no legal
    advice; where the tables themselves doubt, the explanation says so.
    """
    asked = {name: _as_written(value) for name, value in given.items()}
    return decide(topic, asked, law or current())


def topics() -> Mapping[str, Text]:
    """Return the topics, with what each is about in Japanese and English."""
    return {topic: questions(topic).about for topic in TOPICS}


def members(topic: str) -> Mapping[str, Text]:
    """Return the members of a question on this topic, with the sentence that asks a person for each."""
    check("topic", topic, TOPICS)
    return {name: asking.sentence for name, asking in questions(topic).members.items()}


def choices(topic: str, member: str, law: Law | None = None) -> Mapping[str, Text]:
    """Return the words that a member can be, with their names; none if it is a day, a number or a free text."""
    check("topic", topic, TOPICS)
    known = {one.name: one for one in TOPICS[topic].members()}
    check("member", member, known)
    one = known[member]
    if one.words is None and not one.closed:
        return {}
    return choices_of(one, questions(topic).members[member], law or current(), {})


def _as_written(value: object) -> object:
    """Return a value as YAML has it: a program may say a day or a tuple, a file cannot."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, (tuple, Set)) else value
