"""Whether facts make an offence, open a path of the commission, or neither (Act arts. 34 to 36, 48 to 55-3).

  1. A line of elements is fulfilled if each kind of element is empty or shares a fact, and all circumstances are given.
  2. A path is open if the breach is among its acts, unless an excluded procedure runs and the path heeds it.
  3. An offence is named only if a line of it is fulfilled; a path only if no offence is, and the path is open.

Elements are taken as given: attempt, participation, error and other penal laws are not looked at.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from mynumber.law.deciding.claims.penalty import offences
from mynumber.law.deciding.concluding import conclude
from mynumber.law.deciding.paths import PathLine, Prohibition
from mynumber.law.rulings import Allowed, Decision, Refused, Text
from mynumber.law.statute import Law
from mynumber.law.wording.explaining import explain, joined
from mynumber.law.wording.meaning import explained, listed
from mynumber.law.words import Words, check, vocabulary
from mynumber.plumbing.errors import WrongUse

TOPIC = "penalty_elements"
NOT_APPLIED = "425AC0000000027 Art.36"
# What a claim may name, and the vocabulary of its value.
_CLAIMED = {"penalty": "penalties", "path": "breach_paths"}


@dataclass(frozen=True, slots=True)
class ElementLine:
    """The elements of an offence; several lines of one offence are several ways to commit it."""

    TABLE: ClassVar[str] = "penalty_elements"
    element_id: str
    penalty_id: str
    faq_letter: str
    actor: tuple[str, ...]
    act: tuple[str, ...]
    object: tuple[str, ...]
    means: tuple[str, ...]
    intent: tuple[str, ...]
    circumstances_all: tuple[str, ...]
    basis: str
    source_status: str

    def named_kinds(self) -> dict[str, tuple[str, ...]]:
        """The kinds of elements by name: of each but the circumstances, one fact is enough."""
        return {
            "actor": self.actor,
            "act": self.act,
            "object": self.object,
            "means": self.means,
            "intent": self.intent,
            "circumstances_all": self.circumstances_all,
        }

    def missing(self, facts: Collection[str]) -> list[tuple[str, ...]]:
        """Return what is not given, each as the facts of which one would be enough."""
        one_of_each = (self.actor, self.act, self.object, self.means, self.intent)
        kinds = [kind for kind in one_of_each if kind and set(kind).isdisjoint(facts)]
        return [*kinds, *((one,) for one in self.circumstances_all if one not in facts)]


@dataclass(frozen=True, slots=True)
class ElementsQuestion:
    """Do these facts, or this breach, bear out the claim: a penalty, a path, or none?"""

    facts: tuple[Annotated[str, Words("penalty_facts")], ...]
    claim: dict[str, object]
    breach: Annotated[str, Words("breaches")] | None = None
    excluded_procedure: bool = False


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the facts come to, before anybody claims anything."""

    fulfilled: tuple[str, ...]
    open_paths: tuple[str, ...]

    def bears_out(self, kind: str, value: str) -> bool:
        if kind == "penalty":
            return value in self.fulfilled
        if kind == "path":
            return not self.fulfilled and value in self.open_paths
        return not self.fulfilled and not self.open_paths


def rule(question: ElementsQuestion, law: Law) -> Decision:
    """Decide the question."""
    kind, value = _claim(question.claim, law)
    lines, paths = law.tables.lines(ElementLine), law.tables.lines(PathLine)
    found = _find(question, lines, paths)
    open_paths = "" if found.fulfilled else ";".join(found.open_paths)
    right = found.bears_out(kind, value)
    of_offences = [line for line in lines if line.penalty_id == value or line.penalty_id in found.fulfilled]
    of_paths = [path for path in paths if path.path_id == value or question.breach in path.acts]
    kind_of_ruling: type[Allowed | Refused] = Allowed if right else Refused
    return conclude(
        kind_of_ruling,
        TOPIC,
        "claim_true" if right else "claim_false",
        rows=[*(line.element_id for line in of_offences), *(path.path_id for path in of_paths)],
        references=[
            *(line.basis for line in of_offences),
            *_sources(question.breach, law),
            *(reference for path in of_paths for reference in _of_path(path, law)),
            NOT_APPLIED,
        ],
        from_memory="memory"
        in {*(line.source_status for line in of_offences), *(path.source_status for path in of_paths)},
        penalty=";".join(found.fulfilled),
        path=open_paths,
        found=_in_words(found, question, [line for line in lines if line.penalty_id == value], law),
    )


def _claim(claim: Mapping[str, object], law: Law) -> tuple[str, str]:
    """Return the kind of the claim and the id that it names; a claim of nothing names none."""
    if len(claim) == 1:
        ((kind, value),) = claim.items()
        if kind == "none" and value is True:
            return kind, ""
        if kind in _CLAIMED and isinstance(value, str):
            check(kind, value, {**explained(_CLAIMED[kind]), **vocabulary(law.tables, _CLAIMED[kind])})
            return kind, value
    raise WrongUse("LAW_MEMBERS", "`claim` is not one claim", hint="one of penalty: ID, path: ID, none: true")


def _find(question: ElementsQuestion, lines: Iterable[ElementLine], paths: Iterable[PathLine]) -> _Finding:
    fulfilled = dict.fromkeys(line.penalty_id for line in lines if not line.missing(question.facts))
    open_paths = [
        path.path_id
        for path in paths
        # Act art. 36: where the Diet, a court or an investigation works, the commission does not act.
        if question.breach in path.acts and not (question.excluded_procedure and path.not_applied_in)
    ]
    return _Finding(tuple(fulfilled), tuple(open_paths))


def _sources(breach: str | None, law: Law) -> list[str]:
    return [line.source for line in law.tables.lines(Prohibition) if line.act == breach]


def _of_path(path: PathLine, law: Law) -> Iterator[str]:
    yield from path.articles
    ending = offences(law).get(path.end_penalty)
    # The path of the general law ends in an article of that law and not in an offence of this one.
    yield ending.source if ending else path.end_penalty


def _in_words(found: _Finding, question: ElementsQuestion, claimed: Sequence[ElementLine], law: Law) -> Text:
    known = offences(law)
    names = listed(known[one].name for one in found.fulfilled)
    said = [explain(TOPIC, "offence" if found.fulfilled else "no_offence", offences=names)]
    if claimed and claimed[0].penalty_id not in found.fulfilled:
        facts = vocabulary(law.tables, "penalty_facts")
        # Of several ways to commit the offence the nearest one says what is missing.
        missing = min((line.missing(question.facts) for line in claimed), key=len)
        wanted = listed(_one_of(facts[fact] for fact in kind) for kind in missing)
        said.append(explain(TOPIC, "missing", offence=known[claimed[0].penalty_id].name, missing=wanted))
    if question.breach and not found.open_paths:
        said.append(explain(TOPIC, "no_path"))
    return joined(*said)


def _one_of(facts: Iterable[Text]) -> Text:
    several = tuple(facts)
    return Text(ja="・".join(one.ja for one in several), en=" or ".join(one.en for one in several))
