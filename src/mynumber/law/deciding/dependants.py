"""Whether the number of a dependant is asked, checked and handed in by the right people; deny by default.

1. The number may be asked in this procedure, and this is who asks for it.
2. Who checked the dependant is who has to.
3. The employee acts in the capacity that the procedure has.
4. An agent shows that the dependant has authorised it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from mynumber.law.deciding.concluding import conclude
from mynumber.law.rulings import Allowed, Decision, Refused, Text
from mynumber.law.statute import Law
from mynumber.law.wording.meaning import listed, meaning
from mynumber.law.words import Words, vocabulary

TOPIC = "dependants"
AGENT = "agent"
_MEMORY = "memory"
# Who has checked decides how a right answer is said; a checker that has no such word is none.
_RIGHT: Mapping[str, str] = {
    "employee": "employee_in_charge",
    "pension_receiver": "pension_receiver_in_charge",
    "employer": "employer_checks",
    "employee_entrusted_by_employer": "entrusted",
    "mutual_aid_pension": "association_checks",
}


@dataclass(frozen=True, slots=True)
class DependantLine:
    """A procedure in which numbers of dependants are handed in."""

    TABLE: ClassVar[str] = "dependants"
    rule_id: str
    procedure: str
    procedure_ja: str
    procedure_en: str
    asks: tuple[str, ...]
    number_may_be_asked: bool
    checks_dependant: tuple[str, ...]
    employee_acts_as: tuple[str, ...]
    authority_proof: frozenset[str]
    article: str
    source_status: str
    who_checks_status: str


@dataclass(frozen=True, slots=True)
class DependantQuestion:
    """Is it right that this one asked, this one checked and the employee acted as this?"""

    procedure: Annotated[str, Words("dependant_procedures")]
    asked_by: Annotated[str, Words("dependant_askers")]
    checked_by: Annotated[str, Words("dependant_checkers")]
    employee_acts_as: Annotated[str, Words("dependant_capacities")]
    authority_proof: tuple[Annotated[str, Words("identity_documents")], ...] = ()


def rule(question: DependantQuestion, law: Law) -> Decision:
    """Decide the question."""
    line = next(one for one in law.tables.lines(DependantLine) if one.procedure == question.procedure)
    refusal = _what_is_wrong(question, line)
    kind: type[Allowed | Refused] = Refused if refusal else Allowed
    # Who checks is from memory in some lines; it does not matter where the number is not to be asked.
    doubted = {line.source_status} if refusal == "not_to_be_asked" else {line.source_status, line.who_checks_status}
    documents = vocabulary(law.tables, "identity_documents")
    return conclude(
        kind,
        TOPIC,
        refusal or _RIGHT[question.checked_by],
        rows=[line.rule_id],
        references=[line.article],
        from_memory=_MEMORY in doubted,
        procedure=Text(line.procedure_ja, line.procedure_en),
        asks=listed(meaning("dependant_askers", one) for one in line.asks),
        checks=listed(meaning("dependant_checkers", one) for one in line.checks_dependant),
        capacities=listed(meaning("dependant_capacities", one) for one in line.employee_acts_as),
        proofs=listed(documents[one] for one in sorted(line.authority_proof)),
    )


def _what_is_wrong(question: DependantQuestion, line: DependantLine) -> str:
    """Return the reason of a refusal, or nothing."""
    if not line.number_may_be_asked or question.asked_by not in line.asks:
        return "not_to_be_asked"
    if question.checked_by not in line.checks_dependant or question.checked_by not in _RIGHT:
        return "wrong_checker"
    if question.employee_acts_as not in line.employee_acts_as:
        return "wrong_capacity"
    if question.employee_acts_as == AGENT and line.authority_proof.isdisjoint(question.authority_proof):
        return "authority_missing"
    return ""
