"""Runs test sentences of the law: a sentence that cannot be decided as it stands is otherwise, never skipped.

Compared are `expect` and `reason`; what stands in `because` must be among the references of the decision, and it may
name none only where the decision has none, because no line of the law speaks of the case. The members `id` and `text`
are for people and decide nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mynumber.law.asking.members import entries, string, strings
from mynumber.law.asking.topics import decide
from mynumber.law.references import among
from mynumber.law.rulings import Allowed, Decision, Refused
from mynumber.law.statute import Law
from mynumber.plumbing.errors import WrongUse

_MEMBERS = ("id", "topic", "text", "given", "expect", "reason", "because")
_EXPECT = {"allowed": Allowed, "refused": Refused}


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A sentence that did not come out as it says, and why."""

    sentence: str
    topic: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many sentences ran, and which came out otherwise."""

    sentences: int
    otherwise: tuple[Otherwise, ...]


def sentences_of(document: object) -> Sequence[object]:
    """Return the sentences of a document in the format of cases.yaml, or raise WrongUse."""
    cases = entries(document, ("cases",), ("cases", "in_force_on"))["cases"]
    if not isinstance(cases, list):
        raise WrongUse("LAW_SENTENCES", "`cases` is not a list")
    return cases


def topic_of(sentence: object) -> str:
    """Return the topic of a sentence, or nothing if it has none."""
    topic = sentence.get("topic") if isinstance(sentence, dict) else None
    return topic if isinstance(topic, str) else ""


def run(law: Law, sentences: Sequence[object]) -> Outcome:
    """Decide every sentence and compare."""
    otherwise = []
    for position, sentence in enumerate(sentences, start=1):
        try:
            why = _compare(law, sentence)
        except WrongUse as problem:
            why = problem.message
        if why:
            otherwise.append(Otherwise(_name(sentence, position), topic_of(sentence), why))
    return Outcome(len(sentences), tuple(otherwise))


def _compare(law: Law, sentence: object) -> str:
    """Return what is otherwise, or nothing."""
    case = entries(sentence, _MEMBERS, _MEMBERS)
    expect, reason, because = string(case, "expect"), string(case, "reason"), strings(case, "because")
    if expect not in _EXPECT:
        raise WrongUse("LAW_UNKNOWN_WORD", "`expect` is neither allowed nor refused")
    decision = decide(string(case, "topic"), case["given"], law)
    if not isinstance(decision, _EXPECT[expect]) or decision.reason != reason:
        return f"expected {expect} {reason}, got {word(decision)} {decision.reason}"
    if decision.references and not because:
        return "`because` names no reference"
    missing = [one for one in because if not among(one, decision.references)]
    return f"not among the references: {', '.join(missing)}" if missing else ""


def word(decision: Decision) -> str:
    """Return the word of a decision: allowed, refused or undecidable."""
    return type(decision).__name__.lower()


def _name(sentence: object, position: int) -> str:
    name = sentence.get("id") if isinstance(sentence, dict) else None
    return name if isinstance(name, str) else f"sentence {position}"
