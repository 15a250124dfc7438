"""What counts as a My Number: the terms of the Act, and the forms that a number can take (Act art. 2).

Promises that a form is free only if the data say so, or if every fact that makes it free is claimed.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from mynumber.law.deciding.concluding import either
from mynumber.law.rulings import Decision, Text
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import listed, meaning
from mynumber.law.words import Words, hint
from mynumber.plumbing.errors import WrongUse

DEFINITION = "definition"
NUMBER_FORM = "number_form"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the Act; `counts_as_my_number` is empty where the question makes no sense."""

    TABLE: ClassVar[str] = "definitions"
    term_id: str
    term_ja: str
    term_en: str
    counts_as_my_number: bool | None
    article: str


@dataclass(frozen=True, slots=True)
class NumberForm:
    """A form that a number can take, and whether it counts in the wide and in the narrow sense."""

    TABLE: ClassVar[str] = "number_equivalents"
    equivalent_id: str
    form: str
    form_en: str
    form_ja: str
    wide_sense: str
    narrow_sense: str
    free_only_if: tuple[str, ...]
    basis: str
    source_status: str


@dataclass(frozen=True, slots=True)
class DefinitionQuestion:
    """Does this data count as a My Number?"""

    data: Annotated[str, Words("definitions")]
    who: str


@dataclass(frozen=True, slots=True)
class NumberFormQuestion:
    """Is this form free, given these facts; or is it right that it counts, in this sense?"""

    form: Annotated[str, Words("number_forms")]
    facts: tuple[Annotated[str, Words("form_facts")], ...] | None = None
    sense: Literal["wide", "narrow"] | None = None
    claim: Literal["yes", "no", "depends"] | None = None


def define(question: DefinitionQuestion, law: Law) -> Decision:
    """Decide whether a term counts as a My Number."""
    lines = {line.term_id: line for line in law.tables.lines(Term)}
    line = lines[question.data]
    if line.counts_as_my_number is None:
        possible = [term for term, one in lines.items() if one.counts_as_my_number is not None]
        raise WrongUse(
            "LAW_UNKNOWN_WORD", "`data` is a term that is no kind of data", hint=hint(question.data, possible)
        )
    return either(
        not line.counts_as_my_number,
        DEFINITION,
        ("does_not_count", "counts_as_my_number"),
        rows=[line.term_id],
        references=[line.article],
        term=Text(ja=line.term_ja, en=line.term_en),
    )


def rule(question: NumberFormQuestion, law: Law) -> Decision:
    """Decide about a form of the number."""
    claimed = (question.sense, question.claim)
    if (None in claimed) != (claimed == (None, None)) or (question.facts is not None and claimed != (None, None)):
        raise WrongUse(
            "LAW_MEMBERS", "either `facts`, or `sense` and `claim`", hint="give `sense` with `claim`, and then no facts"
        )
    line = next(one for one in law.tables.lines(NumberForm) if one.form == question.form)
    if question.sense and question.claim:
        return _on_claim(question.sense, question.claim, line)
    return _on_facts(question.facts or (), line)


def _on_claim(sense: str, claim: str, line: NumberForm) -> Decision:
    counts = line.wide_sense if sense == "wide" else line.narrow_sense
    return either(
        claim == counts,
        NUMBER_FORM,
        ("claim_true", "claim_false"),
        rows=[line.equivalent_id],
        references=[line.basis],
        from_memory=line.source_status == "memory",
        form=Text(ja=line.form_ja, en=line.form_en),
        sense=meaning("senses", sense),
        counts=meaning("counts", counts),
    )


def _on_facts(facts: tuple[str, ...], line: NumberForm) -> Decision:
    missing = [one for one in line.free_only_if if one not in facts]
    depends = line.wide_sense == "depends"
    # What is free only under conditions is not free without any: an empty cell shows nothing.
    shown = depends and bool(line.free_only_if) and not missing
    return either(
        shown or line.wide_sense == "no",
        NUMBER_FORM,
        ("conditions_met", "not_shown_free") if depends else ("does_not_count", "counts"),
        rows=[line.equivalent_id],
        references=[line.basis],
        from_memory=line.source_status == "memory",
        form=Text(ja=line.form_ja, en=line.form_en),
        missing=listed(meaning("form_facts", one) for one in missing),
    )
